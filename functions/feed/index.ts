import { createOnce } from '../../shared/documents/documents.ts';
import { onBatch } from '../../shared/step/step.ts';
import { keepLatest } from './entities.ts';
import { latest, liveId, storable } from './feed.ts';
import { createSampler } from './sample.ts';

const sampled = createSampler();

onBatch('feed', async (batch, { pipeline, firestore, now }) => {
  const { sample, ttl, entities } = pipeline.feed;
  const shown = sample > 0 ? batch.events.filter(() => sampled(pipeline.name, sample)) : [];
  const expireAt = new Date(now().getTime() + ttl * 1000);
  await createOnce(
    firestore,
    shown.map(event => ({
      path: `live/${pipeline.name}/liveEvents/${liveId(event)}`,
      data: {
        time: new Date(event.time),
        key: event.partitionkey,
        data: storable(event.data),
        traceparent: batch.traceparent,
        at: now(),
        expireAt,
      },
    })),
  );
  if (entities) await keepLatest(firestore, pipeline.name, latest(batch));
});
