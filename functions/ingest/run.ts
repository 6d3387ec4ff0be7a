import type { EventBatch } from '../../shared/batches/batch.ts';
import { encodeBatch } from '../../shared/batches/codec.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { Publisher } from '../../shared/publish/publish.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import type { Context } from '../../shared/step/step.ts';
import { traceparentOf } from '../../shared/trace/trace.ts';
import type { Cut } from './batcher.ts';
import { createSerialiser } from './event.ts';
import { ingest } from './ingest.ts';
import { openSource } from './object.ts';
import { fileOf, pipelineNameOf, START, type UploadedObject, uploadId } from './upload.ts';
import { openUpload, progressOf, saveProgress } from './uploads.ts';

/**
 * Reads one upload as far as the time allows and publishes it to `events-raw`.
 * @param budget milliseconds
 * @throws PermanentError when the object belongs to no pipeline
 */
export async function run(object: UploadedObject, context: Context, budget: number): Promise<void> {
  const { firestore, pipelines, publisher, log, now } = context;
  const name = pipelineNameOf(object);
  if (!name) {
    throw new PermanentError(
      'The object names no pipeline. Upload it as PIPELINE/NAME, or set its metadata `pipeline`.',
    );
  }
  const id = uploadId(object);
  const file = fileOf(object);
  const traceparent = traceparentOf(id);
  const today = await pipelines.of(name, undefined);
  const known = await openUpload(firestore, id, {
    ...describe(object),
    version: today.version,
    state: 'reading',
    batches: START.batches,
    counts: START.counts,
    traceparent,
    startedAt: now(),
  });
  if (known.state !== 'reading') return;

  // A reading that goes on keeps the version it began with: its batches must stay the same.
  const pipeline = known.version === today.version ? today : await pipelines.of(name, known.version);
  const origin = { upload: id, file };
  const batch = { pipeline: name, version: pipeline.version, ...origin, traceparent };
  const source = openSource(object);
  const outcome = await ingest(
    progressOf(known),
    {
      read: source.read,
      serialise: createSerialiser(object, pipeline),
      publish: cut => publish(publisher, batch, cut),
      save: progress => saveProgress(firestore, id, progress, { bytes: source.bytes(), updatedAt: now() }),
      now: Date.now,
    },
    budget,
  );
  const { progress } = outcome;
  if (outcome.kind === 'paused') {
    await publisher.send('ingest-continue', { data: Buffer.from(JSON.stringify(object)), attributes: {} });
    log.info(`${file}: the time is up, the rest follows`, { upload: id, ...progress.counts });
    return;
  }
  const { error } = outcome;
  if (error) {
    const place = { ...origin, line: error.line, offset: error.offset };
    await publisher.reject([rejectOf('ingest', name, error.reason, place, '')]);
  }
  await saveProgress(firestore, id, progress, {
    state: 'read',
    format: progress.checkpoint?.format ?? 'empty',
    bytes: object.size,
    readAt: now(),
    updatedAt: now(),
    ...(error && { error: { reason: error.reason, line: error.line } }),
  });
  log.info(`${file} has been read`, { upload: id, ...progress.counts });
}

/** What uploads/{id} says of the object itself. */
export function describe(object: UploadedObject) {
  const { bucket, name, generation, size, metadata } = object;
  const uploader = metadata['uploader'];
  return { pipeline: pipelineNameOf(object), bucket, name, generation, size, ...(uploader && { uploader }) };
}

async function publish(
  publisher: Publisher,
  batch: Omit<EventBatch, 'id' | 'records' | 'events'> & { upload: string; file: string },
  cut: Cut,
): Promise<void> {
  const { upload, file, pipeline } = batch;
  const records = cut.events.length;
  const messages =
    records > 0 ? encodeBatch({ ...batch, id: `${upload}.${cut.number}`, records }, cut.events) : [];
  const rejects = cut.rejects.map(({ reason, line, offset, excerpt }) =>
    rejectOf('ingest', pipeline, reason, { upload, file, line, offset }, excerpt),
  );
  await Promise.all([
    publisher.reject(rejects),
    ...messages.map(message => publisher.send('events-raw', message)),
  ]);
}
