import { rm } from 'node:fs/promises';
import { type Digests, verify } from '../checksums.ts';
import { unimplemented } from '../errors.ts';
import type { Call } from '../http.ts';
import { editable, storageClass, text } from '../metadata.ts';
import { checkObjectName } from '../names.ts';
import { type Condition, conditions } from '../preconditions.ts';
import { etagOf, type Json, type StoredObject } from '../resources.ts';
import type { Store } from '../store.ts';
import type { Staged } from './stage.ts';

/** What an upload is to become; plain data, so that a resumable session can wait for its bytes. */
export interface Target {
  readonly bucket: string;
  readonly name: string;
  /** The object resource that came with the upload. */
  readonly body: Json;
  /** Of the bytes, where the metadata says none. */
  readonly contentType: string | undefined;
  /** The request's query: its preconditions hold at the beginning and again at the end. */
  readonly query: string;
}

/** Checks before the bytes come all that can be checked without them. @throws StorageError */
export function targetOf({ params, query, store, req }: Call, body: Json, contentType?: string): Target {
  const bucket = params['bucket']!;
  store.bucket(bucket);
  if (query.has('predefinedAcl')) throw unimplemented('ACLs (predefinedAcl)');
  if (req.headers['x-goog-encryption-key'] || query.has('kmsKeyName'))
    throw unimplemented('Customer-supplied or customer-managed encryption');
  const name = checkObjectName(query.get('name') ?? body['name']);
  editable(body);
  claimed(body);
  storageClass(body, '');
  const target = { bucket, name, body, contentType, query: query.toString() };
  const current = store.findObject(bucket, name);
  conditionOf(target)(current && { ...current, etag: etagOf(current) });
  return target;
}

const conditionOf = ({ query }: Target): Condition => conditions(new URLSearchParams(query), 'write');

/** Makes staged bytes an object, or removes them when anything about them is wrong. */
export async function finish(
  store: Store,
  target: Target,
  { path, size, digests }: Staged,
  expected: Partial<Digests>,
): Promise<StoredObject> {
  const { bucket, name, body, contentType, query } = target;
  try {
    verify(digests, expected, claimed(body));
  } catch (error) {
    await rm(path);
    throw error;
  }
  const encoding = new URLSearchParams(query).get('contentEncoding');
  const fields = {
    ...(contentType !== undefined && { contentType }),
    ...editable(body),
    ...(encoding && { contentEncoding: encoding }),
    size: String(size),
    ...digests,
    storageClass: storageClass(body, 'STANDARD'),
  };
  return store.put({ path, bucket, name, fields }, conditionOf(target));
}

function claimed(body: Json): Partial<Digests> {
  const md5Hash = text(body, 'md5Hash');
  const crc32c = text(body, 'crc32c');
  return { ...(md5Hash !== undefined && { md5Hash }), ...(crc32c !== undefined && { crc32c }) };
}
