import { createOnce } from '../../shared/documents/documents.ts';
import { onBatch } from '../../shared/step/step.ts';
import { keepLatest } from './entities.ts';
import { latest, liveId, storable } from './feed.ts';
import { createSampler } from './sample.ts';

const sampled = createSampler();

onBatch('feed', async (batch, { pipeline, firestore, now }) => {
  const { sample, ttl, entities } = pipeline.feed;
  const room = sample > 0 ? sampled(pipeline.name, sample, batch.records) : 0;
  // Mostly there is none: then the batch need not even be parsed.
  const shown = room > 0 ? batch.events.slice(0, room) : [];
  const at = now();
  const expireAt = new Date(at.getTime() + ttl * 1000);
  await createOnce(
    firestore,
    shown.map(event => ({
      path: `live/${pipeline.name}/liveEvents/${liveId(event)}`,
      data: {
        time: new Date(event.time),
        key: event.partitionkey,
        data: storable(event.data),
        version: batch.version,
        traceparent: batch.traceparent,
        at,
        expireAt,
      },
    })),
  );
  if (entities) await keepLatest(firestore, pipeline.name, latest(batch));
});
