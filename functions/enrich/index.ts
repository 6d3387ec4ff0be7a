import { encodeBatch } from '../../shared/batches/codec.ts';
import { tellFailures } from '../../shared/expressions/failures.ts';
import type { Join } from '../../shared/pipelines/pipeline.ts';
import { clients } from '../../shared/step/clients.ts';
import { onRawBatch } from '../../shared/step/step.ts';
import { traceparentOf } from '../../shared/trace/trace.ts';
import { enrich } from './enrich.ts';
import { routed, topicsOf } from './routes.ts';
import type { ReferenceTable } from './table.ts';
import { keepTables } from './tables.ts';
import { validatorOf } from './validate.ts';

const tableFor = keepTables(hash => clients.pipelines.reference(hash));

onRawBatch('enrich', async (raw, { pipeline, publisher, reject, log, now }) => {
  const joined = new Map<Join, ReferenceTable>();
  for (const join of pipeline.joins) joined.set(join, await tableFor(join));
  const { batch, rejected } = enrich(raw, pipeline, validatorOf(pipeline), joined);
  await reject(rejected);
  // Also a batch with nothing left in it goes on: downstream it says that its records are accounted for.
  const traceparent = batch.traceparent ?? traceparentOf(batch.id);
  const all = [
    { topics: topicsOf(pipeline), batch },
    ...routed(batch, pipeline.routes).map(({ topic, batch }) => ({ topics: [topic], batch })),
  ];
  const text = new Map(batch.events.map(event => [event, JSON.stringify(event)]));
  await Promise.all(
    all.flatMap(({ topics, batch: { events, ...head } }) =>
      encodeBatch(
        { ...head, traceparent },
        events.map(event => text.get(event)!),
      ).flatMap(message => topics.map(topic => publisher.send(topic, message))),
    ),
  );
  tellFailures(log, now());
});
