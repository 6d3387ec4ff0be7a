import { EventEmitter } from 'node:events';
import { Storage } from '@google-cloud/storage';
import { projectId } from '../../shared/config/config.ts';
import type { CloudEvent } from '../../shared/events/cloudevent.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import type { StorageObjectData } from '../../shared/events/storage.ts';
import { messageOfEvent } from '../../shared/step/step.ts';
import type { Checkpoint } from './formats/item.ts';
import { readFile } from './formats/read-file.ts';
import type { UploadedObject } from './upload.ts';

// The Storage client's download hangs eleven listeners on a stream of its own: one over the default, and no leak.
EventEmitter.defaultMaxListeners = 16;

let client: Storage | undefined;

function storage(): Storage {
  client ??= new Storage({ projectId: projectId() });
  return client;
}

/** The object that a Storage event, or the note of a reading that ran out of time, speaks of. */
export async function objectOf(
  event: CloudEvent<StorageObjectData | MessagePublishedData>,
): Promise<UploadedObject> {
  const { data } = event;
  if (data && 'message' in data)
    return JSON.parse(messageOfEvent(data).data.toString('utf8')) as UploadedObject;
  // An event over the size limit comes without its data: then the object itself is asked.
  const { bucket, name, generation, size, metadata = {} } = data ?? (await lookUp(event));
  return { bucket, name, generation, size: Number(size), metadata };
}

async function lookUp(event: CloudEvent<unknown>): Promise<StorageObjectData> {
  const name = (event.subject ?? '').slice('objects/'.length);
  const [found] = await storage().bucket(String(event['bucket'])).file(name).getMetadata();
  return found as unknown as StorageObjectData;
}

export interface Source {
  read(from: Checkpoint | undefined): ReturnType<typeof readFile>;
  /** Bytes of the object read so far. */
  bytes(): number;
}

/** The object's bytes as stored: decompressing is left to the reader, which bounds it. */
export function openSource({ bucket, name, generation, size }: UploadedObject): Source {
  const file = storage().bucket(bucket).file(name, { generation });
  let bytes = 0;
  async function* counted(start: number): AsyncGenerator<Uint8Array> {
    bytes = start;
    // A range that begins at the end, be it of an empty object, is refused.
    if (start >= size) return;
    for await (const chunk of file.createReadStream({ decompress: false, validation: false, start })) {
      bytes += (chunk as Uint8Array).length;
      yield chunk as Uint8Array;
    }
  }
  /** Formats with their directory at the end are read by ranges. */
  async function slice(start: number, end: number): Promise<Uint8Array> {
    const [found] = await file.download({ decompress: false, validation: false, start, end: end - 1 });
    if (found.length !== end - start) throw new Error(`${found.length} bytes came instead of ${end - start}`);
    bytes = Math.min(size, bytes + found.length);
    return found;
  }
  return {
    read: from => readFile({ size, stream: counted, slice }, from ? { from } : {}),
    bytes: () => bytes,
  };
}
