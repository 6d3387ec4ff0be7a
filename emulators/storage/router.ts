import { match, pattern, segmentsOf } from '../paths.ts';
import * as buckets from './buckets.ts';
import { compose, copy, move, rewrite } from './copy.ts';
import { downloadMedia, downloadXml } from './download.ts';
import { StorageError, unimplemented } from './errors.ts';
import type { Handler } from './http.ts';
import { listObjects } from './listing.ts';
import * as objects from './objects.ts';
import { cancel, resume } from './upload/resumable.ts';
import { upload } from './upload/upload.ts';
import { beginXml, uploadXml } from './upload/xml.ts';

/** What a request is billed as, once it succeeds: {@link https://cloud.google.com/storage/pricing#operations-by-class}. */
export type OperationClass = 'A' | 'B' | 'free';

/**
 * Method, path, handler, class; `:x` takes one segment. {@link https://cloud.google.com/storage/docs/json_api/v1}
 * The parts of a resumable upload are free: it was billed when it began.
 */
const ROUTES: readonly (readonly [string, string, Handler, OperationClass])[] = [
  ['POST', '/b', buckets.insertBucket, 'A'],
  ['GET', '/b', buckets.listBuckets, 'A'],
  ['GET', '/b/:bucket', buckets.getBucket, 'B'],
  ['PATCH', '/b/:bucket', buckets.patchBucket, 'A'],
  ['PUT', '/b/:bucket', buckets.updateBucket, 'A'],
  ['DELETE', '/b/:bucket', buckets.deleteBucket, 'free'],
  ['GET', '/b/:bucket/iam', buckets.getPolicy, 'B'],
  ['PUT', '/b/:bucket/iam', buckets.setPolicy, 'A'],
  ['GET', '/b/:bucket/iam/testPermissions', buckets.testPermissions, 'B'],
  ['GET', '/b/:bucket/o', listObjects, 'A'],
  ['GET', '/b/:bucket/o/:object', objects.getObject, 'B'],
  ['PATCH', '/b/:bucket/o/:object', objects.patchObject, 'A'],
  ['PUT', '/b/:bucket/o/:object', objects.updateObject, 'A'],
  ['DELETE', '/b/:bucket/o/:object', objects.deleteObject, 'free'],
  ['POST', '/b/:bucket/o/:object/compose', compose, 'A'],
  ['POST', '/b/:bucket/o/:object/copyTo/b/:toBucket/o/:toObject', copy, 'A'],
  ['POST', '/b/:bucket/o/:object/rewriteTo/b/:toBucket/o/:toObject', rewrite, 'A'],
  ['POST', '/b/:bucket/o/:object/moveTo/o/:toObject', move, 'A'],
  ['GET', '/download/b/:bucket/o/:object', downloadMedia, 'B'],
  ['POST', '/upload/b/:bucket/o', upload, 'A'],
  ['PUT', '/upload/b/:bucket/o', resume, 'free'],
  ['DELETE', '/upload/b/:bucket/o', cancel, 'free'],
  ['GET', '/projects/:project/serviceAccount', objects.serviceAgent, 'B'],
];

/** Known to the service, not here: path and what to call it, whatever the method. `*` takes the rest. */
const UNIMPLEMENTED: readonly (readonly [string, string])[] = [
  ['/batch/*', 'The batch endpoint'],
  ['/b/:bucket/acl/*', 'Bucket ACLs'],
  ['/b/:bucket/defaultObjectAcl/*', 'Default object ACLs'],
  ['/b/:bucket/o/:object/acl/*', 'Object ACLs'],
  ['/b/:bucket/o/:object/iam/*', 'Object IAM policies'],
  ['/b/:bucket/o/:object/restore', 'Restoring soft-deleted objects'],
  ['/b/:bucket/o/bulkRestore', 'Restoring soft-deleted objects'],
  ['/b/:bucket/o/watch', 'Object change channels'],
  ['/channels/*', 'Object change channels'],
  ['/b/:bucket/restore', 'Restoring soft-deleted buckets'],
  ['/b/:bucket/lockRetentionPolicy', 'Locking a retention policy'],
  ['/b/:bucket/notificationConfigs/*', 'Pub/Sub notification configurations'],
  ['/b/:bucket/folders/*', 'Folders'],
  ['/b/:bucket/managedFolders/*', 'Managed folders'],
  ['/b/:bucket/anywhereCaches/*', 'Anywhere Cache'],
  ['/b/:bucket/storageLayout', 'The storage layout'],
  ['/b/:bucket/operations/*', 'Long-running operations'],
  ['/projects/:project/hmacKeys/*', 'HMAC keys'],
];

/** What the XML API has for an object. The parts of a resumable upload are free here too. */
const XML_ROUTES: ReadonlyMap<string, readonly [Handler, OperationClass]> = new Map([
  ['GET', [downloadXml, 'B']],
  ['POST', [beginXml, 'A']],
  ['PUT', [uploadXml, 'A']],
  ['PUT upload_id', [uploadXml, 'free']],
  ['DELETE upload_id', [cancel, 'free']],
  ['OPTIONS', [() => ({}), 'free']],
]);

const TABLE = ROUTES.map(([method, path, handler, billed]) => ({
  method,
  handler,
  billed,
  ...pattern(path),
}));
const REFUSED = UNIMPLEMENTED.map(([path, what]) => ({ what, ...pattern(path) }));

/** The service's prefixes, and none at all: where STORAGE_EMULATOR_HOST is set the Node client leaves them out. */
const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:resumable\/)?upload\/storage\/v1\//, '/upload/'],
  [/^\/download\/storage\/v1\//, '/download/'],
  [/^\/batch\/storage\/v1/, '/batch/'],
  [/^\/storage\/v1\//, '/'],
];

export interface Route {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
  /** XML-style requests get XML errors. */
  readonly xml: boolean;
  readonly billed: OperationClass;
}

/** `path` as on the wire: an encoded slash belongs to a name. Bucket names have three letters at least, so `/b` is free. */
export function route(method: string, path: string, query: URLSearchParams): Route {
  const prefix = PREFIXES.find(([start]) => start.test(path));
  const segments = segmentsOf(
    prefix ? path.replace(prefix[0], prefix[1]) : path,
    message => new StorageError(400, 'invalid', message),
  );
  let allowed = false;
  for (const { method: wanted, handler, billed, ...candidate } of TABLE) {
    const params = match(candidate, segments);
    if (params && wanted === method) return { handler, params, xml: false, billed };
    allowed ||= params !== undefined;
  }
  for (const { what, ...candidate } of REFUSED) if (match(candidate, segments)) throw unimplemented(what);
  if (allowed) throw new StorageError(405, 'methodNotAllowed', `${method} is not allowed on ${path}`);
  if (prefix || segments[0] === 'b' || segments.length < 2)
    throw new StorageError(404, 'notFound', `Not Found: ${method} ${path}`);
  const [bucket, ...rest] = segments;
  const object = rest.join('/');
  const found = (query.has('upload_id') && XML_ROUTES.get(`${method} upload_id`)) || XML_ROUTES.get(method);
  if (!found) throw unimplemented(`${method} in the XML API`);
  if (object === '') throw unimplemented('Listing in the XML API');
  const [handler, billed] = found;
  return { handler, params: { bucket: bucket!, object }, xml: true, billed };
}
