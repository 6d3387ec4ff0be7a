/** The buckets that Millrace owns; in the cloud and locally they are PROJECT-NAME, since bucket names are global. */
export const BUCKETS = ['uploads', 'pipelines', 'rejects'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** @throws when the platform has set no project: nothing sensible can be done without one */
export function projectId(environment: NodeJS.ProcessEnv = process.env): string {
  const project = environment['GOOGLE_CLOUD_PROJECT'];
  if (!project) {
    throw new Error('GOOGLE_CLOUD_PROJECT is not set. Set it, or start the step through `millrace start`.');
  }
  return project;
}

export function bucketName(bucket: Bucket, project: string = projectId()): string {
  return `${project}-${bucket}`;
}
