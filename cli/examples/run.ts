import { partOf } from '../../functions/aggregate/parts.ts';
import { detect } from '../../functions/detect/detect.ts';
import { enrich, type Tables } from '../../functions/enrich/enrich.ts';
import { routed } from '../../functions/enrich/routes.ts';
import { tableOf } from '../../functions/enrich/table.ts';
import { validatorOf } from '../../functions/enrich/validate.ts';
import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { GLOBAL } from '../../shared/streams/slices.ts';
import { compare, show } from './compare.ts';
import type { Difference, Example, Expected, Fields } from './example.ts';
import { resultsOf, type Shown } from './windows.ts';

/** What comes of the records of an example. */
interface Outcome {
  /** One a record: the event, or why there is none. */
  readonly records: readonly (PipelineEvent | { readonly rejected: string })[];
  readonly batch: EventBatch;
}

/**
 * Lets the steps' own functions judge the records of an example, and says what is not as it says.
 * @param references content of pipelines/reference by name without .csv
 */
export function runExample(
  pipeline: Pipeline,
  references: ReadonlyMap<string, string>,
  { given, then }: Example,
  now: Date,
): Difference[] {
  const many = Array.isArray(given);
  const outcome = judge(pipeline, references, many ? given : [given as Fields], now);
  const records = outcome.records.flatMap((record, at) =>
    compareRecord(record, then, many ? `record ${at + 1}` : 'the record'),
  );
  return [
    ...records,
    ...compareAlerts(pipeline, outcome.batch, then),
    ...compareRoutes(pipeline, outcome.batch, then),
    ...compareWindows(pipeline, outcome.batch, then, now),
  ];
}

function judge(
  pipeline: Pipeline,
  references: ReadonlyMap<string, string>,
  given: readonly Fields[],
  now: Date,
): Outcome {
  const tables: Tables = new Map(
    pipeline.joins.map(join => [join, tableOf(references.get(join.reference) ?? '', join.column)]),
  );
  const head = { id: 'example', pipeline: pipeline.name, version: pipeline.version };
  const records = given.map((data, at) => {
    const event = { specversion: '1.0', id: `${at}`, source: '/example', type: 'millrace.event', data };
    const raw = { ...head, records: 1, events: [event], single: false, published: now.toISOString() };
    const { batch, rejected } = enrich(raw, pipeline, validatorOf(pipeline), tables);
    return batch.events[0] ?? { rejected: rejected[0]?.reason ?? '' };
  });
  const events = records.filter(record => !('rejected' in record)) as PipelineEvent[];
  return { records, batch: { ...head, upload: 'example', records: records.length, events } };
}

function compareRecord(record: Outcome['records'][number], then: Expected, who: string): Difference[] {
  if ('rejected' in record) {
    const reason = String(record.rejected);
    if (then.rejected === undefined) return [{ path: ['given'], what: `${who} was rejected: ${reason}` }];
    if (reason.includes(then.rejected)) return [];
    const what = `${who} was rejected for another reason: ${reason} The example says ${show(then.rejected)}`;
    return [{ path: ['then', 'rejected'], what }];
  }
  if (then.rejected !== undefined) {
    const what = `${who} was not rejected; the example says that it is, for ${show(then.rejected)}`;
    return [{ path: ['then', 'rejected'], what }];
  }
  const actual = { id: record.id, key: record.partitionkey, time: record.time, data: record.data };
  const { id, key, data } = then;
  const time = then.time === undefined ? undefined : sameInstant(then.time, record.time);
  return Object.entries({ id, key, time, data }).flatMap(([field, expected]) =>
    expected === undefined
      ? []
      : compare(['then', field], field, actual[field as keyof typeof actual], expected, ` of ${who}`),
  );
}

/** However an instant is written: as the event has it where it is the same. */
function sameInstant(expected: string, actual: string): string {
  return Date.parse(expected) === Date.parse(actual) ? actual : expected;
}

function compareAlerts(pipeline: Pipeline, batch: EventBatch, { alerts }: Expected): Difference[] {
  if (!alerts) return [];
  const raised = detect(batch, pipeline.rules).map(({ rule }) => rule);
  return compare(['then', 'alerts'], 'alerts', raised.sort(), [...alerts].sort());
}

function compareRoutes(pipeline: Pipeline, batch: EventBatch, { routes }: Expected): Difference[] {
  if (!routes) return [];
  const taken = routed(batch, pipeline.routes).flatMap(({ topic, batch: { events } }) =>
    events.map(() => topic),
  );
  return compare(['then', 'routes'], 'routes', taken.sort(), [...routes].sort());
}

function compareWindows(
  pipeline: Pipeline,
  batch: EventBatch,
  { windows = {} }: Expected,
  now: Date,
): Difference[] {
  const { contributions } = partOf(
    batch,
    pipeline,
    0,
    batch.events.length,
    Number.POSITIVE_INFINITY,
    now.getTime(),
  );
  return Object.entries(windows).flatMap(([window, starts]) => {
    const spec = pipeline.windows.find(({ name }) => name === window);
    const own = contributions.filter(one => one.window === window);
    const results = spec ? resultsOf(spec, own) : new Map<number, Shown>();
    return Object.entries(starts).flatMap(([start, expected]) => {
      const groups = results.get(start === ALWAYS ? GLOBAL.start : Date.parse(start)) ?? {};
      const path = ['then', 'windows', window, start];
      return compare(path, `${window} from ${start}`, inWords(groups, expected), expected);
    });
  });
}

/** What the global window begins with, in examples. */
const ALWAYS = 'always';

/** Moments as text: as the example has them where they are the same. */
function inWords(groups: Shown, expected: Fields): Fields {
  return Object.fromEntries(
    Object.entries(groups).map(([key, group]) => [
      key,
      Object.fromEntries(
        Object.entries(group).map(([name, value]) => {
          if (!(value instanceof Date)) return [name, value];
          const text = (expected[key] as Fields | undefined)?.[name];
          return [name, Date.parse(String(text)) === value.getTime() ? text : value.toISOString()];
        }),
      ),
    ]),
  );
}
