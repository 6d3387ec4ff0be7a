import { createOnce } from '../../shared/documents/documents.ts';
import { onBatch } from '../../shared/step/step.ts';
import { detect } from './detect.ts';

onBatch('detect', async (batch, { pipeline, firestore, log }) => {
  const alerts = detect(batch, pipeline.rules);
  if (alerts.length === 0) return;
  const documents = alerts.map(({ id, ...alert }) => ({
    path: `alerts/${id}`,
    data: { ...alert, time: new Date(alert.time) },
  }));
  const created = await createOnce(firestore, documents);
  if (created > 0) log.info(`${created} new alerts`, { pipeline: pipeline.name, batch: batch.id });
});
