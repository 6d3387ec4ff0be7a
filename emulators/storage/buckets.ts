import type { Reply } from '../http.ts';
import { invalid, required, StorageError, unimplemented } from './errors.ts';
import { type Call, type Handler, readJson } from './http.ts';
import { checkBucketName } from './names.ts';
import { conditions } from './preconditions.ts';
import { bucketResource, type Json, type StoredBucket } from './resources.ts';
import type { Store } from './store.ts';

/** What the service sets itself; the rest of a bucket is kept as its owner writes it. */
const OUTPUT_ONLY = new Set([
  ...['kind', 'id', 'name', 'selfLink', 'projectNumber', 'metageneration', 'etag', 'timeCreated', 'updated'],
  ...['locationType', 'generation', 'owner'],
]);

const EMPTY_POLICY: Json = { kind: 'storage#policy', version: 1, bindings: [] };

const reply = (bucket: StoredBucket, { origin }: Call): Reply => ({ json: bucketResource(bucket, origin) });

/** Makes a bucket that was not there. */
export function addBucket(store: Store, name: string, settings: Json = {}, project?: string): StoredBucket {
  if (store.findBucket(name))
    throw new StorageError(
      409,
      'conflict',
      `Your previous request to create the named bucket succeeded: '${name}' exists`,
    );
  const now = store.now();
  const bucket: StoredBucket = {
    name: checkBucketName(name),
    ...(project !== undefined && { project }),
    metageneration: '1',
    timeCreated: now,
    updated: now,
    settings: settable(settings),
    policy: EMPTY_POLICY,
  };
  store.putBucket(bucket);
  return bucket;
}

export const insertBucket: Handler = async call => {
  const body = await readJson(call.body);
  const project = call.query.get('project');
  if (!project) throw required('project');
  refuseAcls(call.query);
  return reply(addBucket(call.store, checkBucketName(body['name']), body, project), call);
};

export const getBucket: Handler = call => {
  const bucket = call.store.bucket(call.params['bucket']!);
  check(bucket, call.query, 'read');
  return reply(bucket, call);
};

export const listBuckets: Handler = ({ store, query, origin }) => {
  const project = query.get('project');
  if (!project) throw required('project');
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('pageToken') ?? '', 'base64url').toString();
  const found = store.buckets
    .filter(({ name, project: owner }) =>
      owner === undefined || owner === project ? name.startsWith(prefix) : false,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => name > after);
  const max = Number(query.get('maxResults') ?? 1000) || 1000;
  const page = found.slice(0, max);
  const last = page.at(-1);
  return {
    json: {
      kind: 'storage#buckets',
      ...(last && found.length > max && { nextPageToken: Buffer.from(last.name).toString('base64url') }),
      items: page.map(bucket => bucketResource(bucket, origin)),
    },
  };
};

/** Changes what the body names. */
export const changeSettings = (store: Store, bucket: StoredBucket, body: Json): StoredBucket =>
  replaceSettings(store, bucket, mergePatch(bucket.settings, body));

const replaceSettings = (store: Store, bucket: StoredBucket, body: Json): StoredBucket =>
  save(store, bucket, { settings: settable(body) });

/** PATCH merges the body's top-level fields (labels key by key), PUT replaces the settings. */
const change =
  (merge: boolean): Handler =>
  async call => {
    const body = await readJson(call.body);
    refuseAcls(call.query);
    const bucket = call.store.bucket(call.params['bucket']!);
    check(bucket, call.query, 'write');
    return reply(
      merge ? changeSettings(call.store, bucket, body) : replaceSettings(call.store, bucket, body),
      call,
    );
  };
export const patchBucket: Handler = change(true);
export const updateBucket: Handler = change(false);

export const deleteBucket: Handler = ({ store, params, query }) => {
  const bucket = store.bucket(params['bucket']!);
  check(bucket, query, 'write');
  store.deleteBucket(bucket.name);
  return { status: 204 };
};

export const getPolicy: Handler = ({ store, params }) => {
  const bucket = store.bucket(params['bucket']!);
  return { json: policyOf(bucket) };
};

export const setPolicy: Handler = async ({ body: source, store, params }) => {
  const body = await readJson(source);
  const bucket = store.bucket(params['bucket']!);
  const etag = body['etag'];
  if (typeof etag === 'string' && etag !== policyOf(bucket)['etag'])
    throw new StorageError(
      412,
      'conditionNotMet',
      'The policy has changed since its etag was read: read it again',
    );
  if (!Array.isArray(body['bindings'] ?? [])) throw invalid('Invalid value for bindings: expected a list');
  return { json: policyOf(save(store, bucket, { policy: { ...EMPTY_POLICY, ...body } })) };
};

/** Nobody is kept out locally: whoever asks holds every permission. */
export const testPermissions: Handler = ({ store, params, query }) => {
  store.bucket(params['bucket']!);
  return { json: { kind: 'storage#testIamPermissionsResponse', permissions: query.getAll('permissions') } };
};

const policyOf = ({ name, policy, metageneration }: StoredBucket): Json => ({
  ...policy,
  resourceId: `projects/_/buckets/${name}`,
  etag: Buffer.from(metageneration).toString('base64'),
});

function save(store: Store, bucket: StoredBucket, change: Partial<StoredBucket>): StoredBucket {
  const metageneration = String(Number(bucket.metageneration) + 1);
  const saved = { ...bucket, ...change, metageneration, updated: store.now() };
  store.putBucket(saved);
  return saved;
}

function check({ metageneration }: StoredBucket, query: URLSearchParams, mode: 'read' | 'write'): void {
  conditions(query, mode)({ generation: '1', metageneration, etag: metageneration });
}

function settable(body: Json): Json {
  const field = (name: string): Json => (body[name] ?? {}) as Json;
  if (field('versioning')['enabled'] === true) throw unimplemented('Object versioning');
  if (field('retentionPolicy')['retentionPeriod']) throw unimplemented('Bucket retention');
  const entries = Object.entries(body).filter(([name, value]) => !OUTPUT_ONLY.has(name) && value !== null);
  // Locations and classes are written in capitals whatever the owner types.
  return Object.fromEntries(
    entries.map(([name, value]) =>
      (name === 'location' || name === 'storageClass') && typeof value === 'string'
        ? [name, value.toUpperCase()]
        : [name, value],
    ),
  );
}

/** {@link https://www.rfc-editor.org/rfc/rfc7396} */
function mergePatch(before: unknown, patch: Json): Json {
  const merged = new Map(Object.entries((before ?? {}) as Json));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (typeof value === 'object' && !Array.isArray(value))
      merged.set(name, mergePatch(merged.get(name), value as Json));
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function refuseAcls(query: URLSearchParams): void {
  for (const parameter of ['predefinedAcl', 'predefinedDefaultObjectAcl'])
    if (query.has(parameter)) throw unimplemented(`ACLs (${parameter})`);
}
