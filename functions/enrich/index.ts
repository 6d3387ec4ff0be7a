import { encodeBatch } from '../../shared/batches/codec.ts';
import type { Join } from '../../shared/pipelines/pipeline.ts';
import { clients } from '../../shared/step/clients.ts';
import { onRawBatch } from '../../shared/step/step.ts';
import { traceparentOf } from '../../shared/trace/trace.ts';
import { enrich } from './enrich.ts';
import type { ReferenceTable } from './table.ts';
import { keepTables } from './tables.ts';
import { validatorOf } from './validate.ts';

const tableFor = keepTables(hash => clients.pipelines.reference(hash));

onRawBatch('enrich', async (raw, { pipeline, publisher, reject }) => {
  const joined = new Map<Join, ReferenceTable>();
  for (const join of pipeline.joins) joined.set(join, await tableFor(join));
  const { batch, rejected } = enrich(raw, pipeline, validatorOf(pipeline), joined);
  await reject(rejected);
  // Also a batch with nothing left in it goes on: downstream it says that its records are accounted for.
  const traceparent = batch.traceparent ?? traceparentOf(batch.id);
  const messages = encodeBatch(
    { ...batch, traceparent },
    batch.events.map(event => JSON.stringify(event)),
  );
  await Promise.all(messages.map(message => publisher.send('events', message)));
});
