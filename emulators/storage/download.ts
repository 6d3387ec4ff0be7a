import { createReadStream, openSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { StorageError } from './errors.ts';
import { type Call, type Handler, headerValue } from './http.ts';
import { addressed } from './objects.ts';
import { parseRange } from './range.ts';
import { etagOf, type StoredObject } from './resources.ts';

const READ_BYTES = 256 * 1024;

/** `alt=media` and /download/. */
export const downloadMedia: Handler = async call => {
  const object = addressed(call, 'read');
  await send(call, object, headersOf(object, 'no-cache, no-store, max-age=0, must-revalidate'));
  return undefined;
};

/** `GET /BUCKET/OBJECT`, as media links of older clients, public addresses and the Go client use it. */
export const downloadXml: Handler = async call => {
  const object = addressed(call, 'read');
  const custom = Object.entries(object.metadata ?? {}).filter(([key]) => /^[\w.-]+$/.test(key));
  await send(call, object, {
    ...headersOf(object, 'private, max-age=0'),
    ...Object.fromEntries(custom.map(([key, value]) => [`x-goog-meta-${key}`, headerValue(value)])),
  });
  return undefined;
};

function headersOf(object: StoredObject, cacheControl: string): Record<string, string> {
  const optional = {
    'content-disposition': object.contentDisposition,
    'content-language': object.contentLanguage,
    'content-encoding': object.contentEncoding,
  };
  const md5 = object.md5Hash === undefined ? '' : `,md5=${object.md5Hash}`;
  const headers: Record<string, string> = {
    'content-type': object.contentType ?? 'application/octet-stream',
    'cache-control': object.cacheControl ?? cacheControl,
    etag: `"${etagOf(object)}"`,
    'last-modified': new Date(object.updated).toUTCString(),
    'accept-ranges': 'bytes',
    'x-goog-hash': `crc32c=${object.crc32c}${md5}`,
    'x-goog-generation': object.generation,
    'x-goog-metageneration': object.metageneration,
    'x-goog-storage-class': object.storageClass,
    'x-goog-stored-content-encoding': object.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': object.size,
  };
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) headers[name] = value;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerValue(value)]));
}

/** {@link https://cloud.google.com/storage/docs/transcoding} */
function isTranscoded({ req }: Call, { contentEncoding, cacheControl }: StoredObject): boolean {
  const accepted = String(req.headers['accept-encoding'] ?? '');
  return (
    contentEncoding === 'gzip' && !/\bgzip\b/.test(accepted) && !/\bno-transform\b/.test(cacheControl ?? '')
  );
}

async function send(call: Call, object: StoredObject, headers: Record<string, string>): Promise<void> {
  const { req, res, store } = call;
  const body = req.method !== 'HEAD';
  if (isTranscoded(call, object)) {
    delete headers['content-encoding'];
    delete headers['accept-ranges'];
    res.writeHead(200, { ...headers, warning: '214 UploadServer gunzipped', vary: 'Accept-Encoding' });
    if (!body) return void res.end();
    return pipeline(open(store.blobPath(object)), createGunzip({ chunkSize: READ_BYTES }), res);
  }
  const size = Number(object.size);
  const range = parseRange(req.headers.range, size);
  if (range === 'unsatisfiable') {
    res.setHeader('content-range', `bytes */${size}`);
    throw new StorageError(416, 'requestedRangeNotSatisfiable', 'The requested range cannot be satisfied.');
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  res.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (!body || size === 0) return void res.end();
  return pipeline(open(store.blobPath(object), { start, end }), res);
}

/** Opened at once: an overwrite that comes while we stream must not take the bytes away. */
const open = (path: string, range: { start?: number; end?: number } = {}) =>
  createReadStream(path, { fd: openSync(path, 'r'), start: 0, ...range, highWaterMark: READ_BYTES });
