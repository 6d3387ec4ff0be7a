import type { Firestore } from '@google-cloud/firestore';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { messageOf } from '../../shared/errors/errors.ts';
import { createGroups } from '../../shared/group/group.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { logger } from '../../shared/step/log.ts';
import { onBatch } from '../../shared/step/step.ts';
import { createTimers } from '../../shared/timers/timers.ts';
import { transactionsOf } from '../../shared/windows/transaction.ts';
import { countBatches } from './aggregate.ts';
import { WindowEnds } from './ends.ts';
import { lateRejects } from './late.ts';

interface Job {
  readonly batch: EventBatch;
  readonly pipeline: Pipeline;
  readonly firestore: Firestore;
}

/** Batches that come while others are being counted go together: a window costs a read and a write for all of them. */
const count = createGroups(
  (jobs: readonly Job[]) => {
    const { firestore, pipeline } = jobs[0]!;
    return countBatches(
      transactionsOf(firestore),
      jobs.map(({ batch }) => batch),
      pipeline,
      Date.now(),
    );
  },
  { most: 32 },
);

const ends = new WindowEnds(createTimers(), error =>
  logger('aggregate').warn('Windows close by the schedule alone: no timer could be set', {
    error: messageOf(error),
  }),
);

onBatch('aggregate', async (batch, { pipeline, firestore, reject, log }) => {
  const kind = `${pipeline.name}@${pipeline.version} ${batch.upload === undefined ? 'live' : 'upload'}`;
  const { entry, duplicate } = await count(kind, { batch, pipeline, firestore });
  // A duplicate does these too: the delivery that counted the batch may have died before it got here.
  await Promise.all([reject(lateRejects(batch, entry)), ends.watch(batch, pipeline, Date.now())]);
  const { accepted, late } = entry;
  const fields = { pipeline: pipeline.name, batch: batch.id, accepted, late };
  log.info(duplicate ? 'counted before' : 'counted', fields);
});
