import { copyFileSync, createReadStream, linkSync, openSync } from 'node:fs';
import { invalid, required, unimplemented } from './errors.ts';
import { type Call, type Handler, isObject, readJson } from './http.ts';
import { editable, editableOf, storageClass } from './metadata.ts';
import { checkObjectName } from './names.ts';
import { objectReply } from './objects.ts';
import { conditions } from './preconditions.ts';
import { etagOf, type Json, objectResource, type StoredObject } from './resources.ts';
import { stage } from './upload/stage.ts';

const MAX_SOURCES = 32;

/** `…/copyTo/…`: answers the new object. */
export const copy: Handler = async call => objectReply(await duplicate(call), call);

/** `…/rewriteTo/…`, which the clients' copy and move use: always done in one call here. */
export const rewrite: Handler = async call => {
  const object = await duplicate(call);
  return {
    json: {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: object.size,
      objectSize: object.size,
      done: true,
      resource: objectResource(object, call.origin),
    },
  };
};

async function duplicate(call: Call): Promise<StoredObject> {
  const { store, params, query } = call;
  const body = await readJson(call.body);
  if (query.has('destinationPredefinedAcl')) throw unimplemented('ACLs (destinationPredefinedAcl)');
  if (query.has('destinationKmsKeyName')) throw unimplemented('Customer-managed encryption');
  const name = checkObjectName(params['toObject']);
  store.bucket(params['toBucket']!);
  const source = sourceOf(call);
  // An empty body copies the metadata; any other is the whole metadata of the new object.
  const given = Object.keys(body).length === 0 ? editableOf(source) : editable(body);
  const { size, crc32c, md5Hash, componentCount } = source;
  const path = store.stagingPath();
  share(store.blobPath(source), path);
  return store.put(
    {
      path,
      bucket: params['toBucket']!,
      name,
      fields: {
        ...given,
        size,
        crc32c,
        ...(md5Hash !== undefined && { md5Hash }),
        ...(componentCount !== undefined && { componentCount }),
        storageClass: storageClass(body, 'STANDARD'),
      },
    },
    conditions(query, 'write'),
  );
}

/** `…/moveTo/…`: renames within the bucket in one step. */
export const move: Handler = async call => {
  const name = checkObjectName(call.params['toObject']);
  const source = sourceOf(call);
  if (name === source.name)
    throw invalid(`Invalid destination '${name}': expected another name than the source's`);
  return objectReply(await call.store.move(source, name, conditions(call.query, 'write')), call);
};

/** `…/compose`: one object out of up to 32 ({@link https://cloud.google.com/storage/docs/composite-objects}). */
export const compose: Handler = async call => {
  const { store, params, query } = call;
  const { sourceObjects, destination } = await readJson(call.body);
  const bucket = params['bucket']!;
  const name = checkObjectName(params['object']);
  if (!Array.isArray(sourceObjects) || sourceObjects.length === 0) throw required('sourceObjects');
  if (sourceObjects.length > MAX_SOURCES)
    throw invalid(
      `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${MAX_SOURCES})`,
    );
  const sources = sourceObjects.map(item => component(call, bucket, item));
  const target = isObject(destination) ? destination : {};
  const given = editable(target);
  // All opened before the first is read: an overwrite in between must not take one away.
  const files = sources.map(source =>
    createReadStream('', { fd: openSync(store.blobPath(source), 'r'), start: 0 }),
  );
  const { path, size, digests } = await stage(concatenate(files), store.stagingPath());
  const object = await store.put(
    {
      path,
      bucket,
      name,
      fields: {
        ...given,
        size: String(size),
        // The service gives composed objects no MD5.
        crc32c: digests.crc32c,
        componentCount: sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0),
        storageClass: storageClass(target, 'STANDARD'),
      },
    },
    conditions(query, 'write'),
  );
  return objectReply(object, call);
};

function sourceOf({ store, params, query }: Call): StoredObject {
  const source = store.object(params['bucket']!, params['object']!, query.get('sourceGeneration'));
  conditions(query, 'write', 'ifSource')({ ...source, etag: etagOf(source) });
  return source;
}

function component({ store }: Call, bucket: string, item: unknown): StoredObject {
  const { name, generation, objectPreconditions }: Json = isObject(item) ? item : {};
  const wanted = generation === undefined ? undefined : String(generation);
  const source = store.object(bucket, checkObjectName(name), wanted);
  const match = isObject(objectPreconditions) ? objectPreconditions['ifGenerationMatch'] : undefined;
  if (match !== undefined)
    conditions(
      new URLSearchParams({ ifGenerationMatch: String(match) }),
      'write',
    )({
      ...source,
      etag: etagOf(source),
    });
  return source;
}

async function* concatenate(files: readonly AsyncIterable<Buffer>[]): AsyncGenerator<Buffer> {
  for (const file of files) yield* file;
}

/** Bytes never change once stored, so both objects may have the same ones; not every file system can share. */
function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
