import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import { count } from '../../../cli/terminal.ts';
import type { FaultPlan } from '../../../emulators/faults/plan.ts';
import type { Counts, Operation } from '../../../emulators/meter/meter.ts';
import type { TestSuite } from '../../support/suite.ts';
import { residentMemory } from '../process.ts';
import { Processors } from './processors.ts';
import { MIRROR, MIRROR_TRIGGER, numberOf, type Sizes, withSuite } from './suite.ts';
import { Writer } from './writer.ts';

const standIn = (name: string): string => join(import.meta.dirname, name, 'index.ts');

/** A rate is known after so many. */
const MOST_IDLE = 40_000;
/** Writes before the measurement: code is loaded, compiled and made fast, tables are made, and none of it is a change's own cost. */
const WARM_UP = 10_000;

/** Ours, and a step that does nothing behind the same trigger: no step can be faster here, whatever it writes. */
export async function benchMirror({ writes }: Sizes): Promise<void> {
  const idleWrites = Math.min(writes, MOST_IDLE);
  const idle = await withSuite(
    MIRROR_TRIGGER,
    MIRROR,
    millrace => pass({ writes: idleWrites, warmUp: WARM_UP }, millrace),
    { index: standIn('empty') },
  );
  console.log(
    `the same trigger, a step that does nothing: ${inSeconds(idleWrites, idle.seconds)}, the limit of this run; ${idle.processors}`,
  );
  const { raw, once, latest, seconds, processors, memory } = await mirrored({ writes, warmUp: WARM_UP });
  const ofLimit = Math.round((100 * (writes / seconds)) / (idleWrites / idle.seconds));
  console.log(
    `mirror: writes to distinct documents: ${inSeconds(writes, seconds)}, ${ofLimit} % of the limit; ${processors}; ` +
      `latest ${count(latest)}, changelog ${count(once)}, rows as inserted ${count(raw)}, ${count(WARM_UP)} of each written before; ` +
      `at the end the suite's process has ${count(memory.suite)} MB, the steps' ${count(memory.steps)} MB`,
  );
  if (latest !== writes + WARM_UP || once !== latest) throw new Error('The tables are not what was written.');
}

const inSeconds = (changes: number, seconds: number): string =>
  `${count(changes)} in ${seconds.toFixed(1)} s, ${count(Math.round(changes / seconds))} changes/s`;

interface Load {
  readonly writes: number;
  /** Other documents that are written before. */
  readonly warmUp: number;
}

interface Passed {
  /** Until nothing was under way any more. */
  readonly seconds: number;
  readonly processors: string;
}

/** Writes distinct documents. */
async function pass(
  { writes, warmUp }: Load,
  millrace: TestSuite,
  meanwhile?: (millrace: TestSuite) => Promise<void>,
): Promise<Passed> {
  await using writer = new Writer(millrace);
  await writer.write({ from: writes, to: writes + warmUp });
  await millrace.suite.eventarc.idle();
  const processors = new Processors(writer.pid);
  const began = performance.now();
  await Promise.all([writer.write({ from: 0, to: writes }), meanwhile?.(millrace)]);
  await millrace.suite.eventarc.idle();
  const seconds = (performance.now() - began) / 1000;
  return { seconds, processors: processors.each(writes) };
}

interface Mirrored extends Passed {
  /** Rows of the changelog as they were inserted. */
  readonly raw: number;
  /** Changes among them. */
  readonly once: number;
  readonly latest: number;
  readonly memory: ReturnType<typeof residentMemory>;
  /** What the step is billed for. */
  readonly operations: Counts;
}

/** What goes wrong on purpose. */
interface Trouble {
  /** What stands in the place of the step. */
  readonly index?: string;
}

/** For so long BigQuery answers 503 in the midst of it. */
const OUTAGE_AFTER_MS = 1500;
const OUTAGE_MS = 3000;
const DOUBLED: FaultPlan = { seed: 1, attempts: 1, triggers: { 'mirror-items': { duplicate: 5 } } };

async function outage({ suite }: TestSuite): Promise<void> {
  await setTimeout(OUTAGE_AFTER_MS);
  suite.bigquery.fail(503);
  await setTimeout(OUTAGE_MS);
  suite.bigquery.fail(undefined);
}

/** Writes distinct documents and counts what is in BigQuery once nothing is under way any more. */
function mirrored(load: Load, trouble?: Trouble): Promise<Mirrored> {
  const work = async (millrace: TestSuite, bigquery: BigQuery): Promise<Mirrored> => {
    const passed = await pass(load, millrace, trouble && outage);
    const memory = residentMemory();
    const { counts } = await millrace.suite.eventarc.operations();
    const of = (table: string, what = '*') =>
      numberOf(bigquery, `SELECT COUNT(${what}) AS n FROM \`firestore_export.items_${table}\``);
    const raw = await of('raw_changelog');
    // What stands in the step's place makes no views.
    const once = trouble?.index ? await of('raw_changelog', 'DISTINCT event_id') : await of('changelog');
    const latest = trouble?.index ? 0 : await of('raw_latest');
    return { ...passed, raw, once, latest, memory, operations: counts['mirror'] ?? {} };
  };
  const unusual = trouble ? { index: trouble.index, faults: DOUBLED } : {};
  return withSuite(MIRROR_TRIGGER, MIRROR, work, unusual);
}

/** Ours and one written as the extension's, each alone, while deliveries are doubled and BigQuery is away for three seconds. */
export async function benchSideBySide({ writes }: Sizes): Promise<void> {
  for (const [name, trouble] of [
    ['one insert for each change', { index: standIn('extension') }],
    ['the step mirror', {}],
  ] as const) {
    const { raw, once, seconds, operations } = await mirrored({ writes, warmUp: 0 }, trouble);
    console.log(
      `side by side, ${name}: ${count(writes)} writes, ${count(writes - once)} changes lost, ${count(raw - once)} rows doubled, ${seconds.toFixed(1)} s; ` +
        OPERATIONS.map(
          ([operation, unit]) => `${count(Math.round(operations[operation] ?? 0))} ${unit}`,
        ).join(', '),
    );
  }
}

/** What the two differ in, as it is billed. */
const OPERATIONS: readonly (readonly [Operation, unit: string])[] = [
  ['functions.requests', 'requests of the function'],
  ['functions.vcpuSeconds', 'vCPU seconds'],
  ['firestore.reads', 'reads'],
  ['bigquery.insertedBytes', 'bytes inserted'],
  ['bigquery.writtenBytes', 'bytes by the Storage Write API'],
  ['pubsub.deliveredBytes', 'bytes pushed'],
];
