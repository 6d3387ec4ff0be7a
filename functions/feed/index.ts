import type { Firestore } from '@google-cloud/firestore';
import { createOnce } from '../../shared/documents/documents.ts';
import { onBatch } from '../../shared/step/step.ts';
import { type Entity, latest, liveId, storable, supersedes } from './feed.ts';
import { createSampler } from './sample.ts';

/** Documents of one transaction: well below Firestore's 10 MiB a request with entities of some KB. */
const ENTITIES_A_TRANSACTION = 200;

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
  if (!entities) return;
  const states = latest(batch);
  for (let at = 0; at < states.length; at += ENTITIES_A_TRANSACTION) {
    await keepLatest(firestore, pipeline.name, states.slice(at, at + ENTITIES_A_TRANSACTION));
  }
});

/** Writes those states that are newer than what is stored; older ones arrive and change nothing. */
async function keepLatest(firestore: Firestore, pipeline: string, states: readonly Entity[]): Promise<void> {
  const items = firestore.collection(`entities/${pipeline}/entityItems`);
  await firestore.runTransaction(async transaction => {
    const known = await transaction.getAll(...states.map(state => items.doc(state.id)));
    for (const [at, state] of states.entries()) {
      const before = known[at];
      if (!supersedes(state, before?.data() as Entity | undefined)) continue;
      const { id, ...entity } = state;
      transaction.set(items.doc(id), { ...entity, data: storable(entity.data) });
    }
  });
}
