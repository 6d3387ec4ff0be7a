import { projectId } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { onBatch } from '../../shared/step/step.ts';
import { createWriter, type WriteBatch } from './write.ts';

let write: WriteBatch | undefined;

onBatch('warehouse', async (batch, { pipeline, pipelines, reject, log }) => {
  // A batch that somebody has published here by hand.
  if (!pipeline.warehouse) return;
  write ??= createWriter(projectId(), log, async ({ name, version }) => {
    const current = await pipelines.of(name, undefined).catch((error: unknown) => {
      // It has been taken away.
      if (error instanceof PermanentError) return undefined;
      throw error;
    });
    return current?.version === version;
  });
  const refusals = await write({ batch, pipeline });
  if (refusals.size === 0) return;
  const { upload, file } = batch;
  const rejects = [...refusals].map(([at, reason]) => {
    const { source, id, data } = batch.events[at]!;
    const origin = {
      batch: batch.id,
      eventSource: source,
      eventId: id,
      ...(upload !== undefined && { upload }),
      ...(file !== undefined && { file }),
    };
    return rejectOf('warehouse', pipeline.name, `BigQuery refuses the event: ${reason}.`, origin, data);
  });
  await reject(rejects);
  log.warn(`${rejects.length} events refused`, { pipeline: pipeline.name, batch: batch.id });
});
