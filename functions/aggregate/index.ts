import { onBatch } from '../../shared/step/step.ts';
import { transactionsOf } from '../../shared/windows/transaction.ts';
import { countBatch } from './aggregate.ts';
import { lateRejects } from './late.ts';

onBatch('aggregate', async (batch, { pipeline, firestore, reject, log, now }) => {
  const { entry, duplicate } = await countBatch(transactionsOf(firestore), batch, pipeline, now().getTime());
  // A duplicate sends them too: the delivery that counted the batch may have died before it got here.
  await reject(lateRejects(batch, entry));
  const { accepted, late } = entry;
  log.info(duplicate ? 'counted before' : 'counted', {
    pipeline: pipeline.name,
    batch: batch.id,
    accepted,
    late,
  });
});
