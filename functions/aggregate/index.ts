import type { Firestore } from '@google-cloud/firestore';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { messageOf } from '../../shared/errors/errors.ts';
import { tellFailures } from '../../shared/expressions/failures.ts';
import { createGroups } from '../../shared/group/group.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { logger } from '../../shared/step/log.ts';
import { onBatch } from '../../shared/step/step.ts';
import { createTimers } from '../../shared/timers/timers.ts';
import { transactionsOf } from '../../shared/windows/transaction.ts';
import { type Counted, countBatches } from './aggregate.ts';
import { WindowEnds } from './ends.ts';
import { lateRejects } from './late.ts';

interface Job {
  readonly batch: EventBatch;
  readonly pipeline: Pipeline;
  readonly firestore: Firestore;
}

/** Batches that come while others are being counted go together: a window costs a read and a write for all of them. */
const MOST = 32;
/** Firestore sustains about one write a second of a document; a second is what a live result may take. */
const LINGER_MS = 1000;

const countUploaded = createGroups(countJobs, { most: MOST });
const countLive = createGroups(countJobs, { most: MOST, linger: LINGER_MS });

function countJobs(jobs: readonly Job[]): Promise<Counted[]> {
  const { firestore, pipeline } = jobs[0]!;
  const batches = jobs.map(({ batch }) => batch);
  return countBatches(transactionsOf(firestore), batches, pipeline, Date.now());
}

const ends = new WindowEnds(createTimers(), error =>
  logger('aggregate').warn('Windows close by the schedule alone: no timer could be set', {
    error: messageOf(error),
  }),
);

onBatch('aggregate', async (batch, { pipeline, firestore, reject, log, now }) => {
  const count = batch.upload === undefined ? countLive : countUploaded;
  const version = `${pipeline.name}@${pipeline.version}`;
  const { entry, duplicate, asks } = await count(version, { batch, pipeline, firestore });
  // A duplicate does these too: the delivery that counted the batch may have died before it got here.
  await Promise.all([reject(lateRejects(batch, entry)), ends.watch(batch, pipeline, asks, Date.now())]);
  const { accepted, late } = entry;
  const fields = { pipeline: pipeline.name, batch: batch.id, accepted, late };
  log.info(duplicate ? 'counted before' : 'counted', fields);
  tellFailures(log, now());
});
