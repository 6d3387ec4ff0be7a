/** Of the console, by either name of this machine. */
export const consoleOrigins = (port: number): string[] =>
  ['127.0.0.1', 'localhost'].map(host => `http://${host}:${port}`);

/**
 * The `cors` of the bucket for uploads, as terraform/storage.tf has it: what a page sends to open and continue the upload that
 * `upload-url` has signed, and what it reads of the answers.
 */
export const uploadCors = (origins: readonly string[]): object[] =>
  origins.length === 0
    ? []
    : [
        {
          origin: origins,
          method: ['POST', 'PUT'],
          responseHeader: [
            'content-range',
            'content-type',
            'location',
            'range',
            'x-goog-content-length-range',
            'x-goog-generation',
            'x-goog-if-generation-match',
            'x-goog-meta-pipeline',
            'x-goog-meta-uploader',
            'x-goog-resumable',
          ],
          maxAgeSeconds: 3600,
        },
      ];
