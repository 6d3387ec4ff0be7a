import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Firestore } from '@google-cloud/firestore';
import { PassThroughClient } from 'google-auth-library';
import { backfill } from '../../../cli/backfill/backfill.ts';
import { count } from '../../../cli/terminal.ts';
import { PROJECT } from '../../../emulators/suite-address.ts';
import { ownRoot } from '../../support/root.ts';
import { startTestSuite, type TestSuite } from '../../support/suite.ts';

const WRITTEN = 'google.cloud.firestore.document.v1.written';
/** Writes of one commit, and commits at once. */
const BATCH = 500;
const AT_ONCE = 4;
/** Events that wait for the step. */
const MOST_WAITING = 20_000;

/** How much of what. */
export type Sizes = Readonly<Record<'writes' | 'events' | 'documents', number>>;

/** A suite with a mirror of `items` that the step `mirror` is woken for, unless `trigger` is something else. */
async function withSuite(
  trigger: string,
  files: Readonly<Record<string, string>>,
  work: (millrace: TestSuite, bigquery: BigQuery) => Promise<void>,
  trouble?: Trouble,
): Promise<void> {
  using own = ownRoot(trigger, files, '', trouble?.index ? { mirror: trouble.index } : {});
  await using millrace = await startTestSuite({
    root: own.root,
    pipelines: own.pipelines,
    ...(trouble && { faults: { seed: 1, attempts: 1, triggers: { 'mirror-items': { duplicate: 5 } } } }),
  });
  const apiEndpoint = millrace.suite.environment['BIGQUERY_EMULATOR_HOST']!;
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint, authClient: new PassThroughClient() });
  await work(millrace, bigquery);
}

const MIRROR_TRIGGER = `mirror-items: { step: mirror, event: ${WRITTEN}, where: { document: "items/{item}" } }\n`;
const MIRROR = { 'mirrors/items.yaml': 'collection_path: items\ntable_id: items\nexclude_old_data: true\n' };

/** Not so fast that the events of all writes wait in memory. */
async function writeItems(writes: number, { suite }: TestSuite): Promise<void> {
  const waiting = (): number =>
    suite.eventarc.status().triggers.find(({ name }) => name === 'mirror-items')?.ready ?? 0;
  const firestore = new Firestore({ projectId: PROJECT });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < writes) {
      while (waiting() > MOST_WAITING) await setTimeout(20);
      const from = next;
      next += BATCH;
      const batch = firestore.batch();
      for (let n = from; n < Math.min(from + BATCH, writes); n++)
        batch.set(firestore.doc(`items/${String(n).padStart(8, '0')}`), {
          n,
          text: `item ${n}`,
          even: n % 2 === 0,
        });
      await batch.commit();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await firestore.terminate();
}

async function numberOf(bigquery: BigQuery, sql: string): Promise<number> {
  const [[row]] = (await bigquery.query(sql)) as unknown as [[{ n: number }]];
  return Number(row.n);
}

export async function benchMirror({ writes }: Sizes): Promise<void> {
  const { raw, once, latest, seconds } = await mirrored(writes);
  console.log(
    `mirror: ${count(writes)} writes to distinct documents in ${seconds.toFixed(1)} s, ${count(Math.round(writes / seconds))} changes/s; ` +
      `latest ${count(latest)}, changelog ${count(once)}, rows as inserted ${count(raw)}`,
  );
  if (latest !== writes || once !== writes) throw new Error('The tables are not what was written.');
}

interface Mirrored {
  /** Rows of the changelog as they were inserted. */
  readonly raw: number;
  /** Changes among them. */
  readonly once: number;
  readonly latest: number;
  readonly seconds: number;
}

/** What goes wrong on purpose. */
interface Trouble {
  /** What stands in the place of functions/mirror/index.ts. */
  readonly index?: string;
}
/** For so long BigQuery answers 503 in the midst of it. */
const OUTAGE_AFTER_MS = 1500;
const OUTAGE_MS = 3000;

/** Writes distinct documents and counts what is in BigQuery once nothing is under way any more. */
async function mirrored(writes: number, trouble?: Trouble): Promise<Mirrored> {
  let result: Mirrored | undefined;
  const work = async (millrace: TestSuite, bigquery: BigQuery): Promise<void> => {
    const { suite } = millrace;
    const began = performance.now();
    const written = writeItems(writes, millrace);
    if (trouble) {
      await setTimeout(OUTAGE_AFTER_MS);
      suite.bigquery.fail(503);
      await setTimeout(OUTAGE_MS);
      suite.bigquery.fail(undefined);
    }
    await written;
    await suite.eventarc.idle();
    const seconds = (performance.now() - began) / 1000;
    const of = (table: string, what = '*') =>
      numberOf(bigquery, `SELECT COUNT(${what}) AS n FROM \`firestore_export.items_${table}\``);
    const raw = await of('raw_changelog');
    const once = await of('raw_changelog', 'DISTINCT event_id');
    const latest = trouble?.index ? 0 : await of('raw_latest');
    result = { raw, once, latest, seconds };
  };
  await withSuite(MIRROR_TRIGGER, MIRROR, work, trouble);
  return result!;
}

/** Ours and one written as the extension's, each alone, while deliveries are doubled and BigQuery is away for three seconds. */
export async function benchSideBySide({ writes }: Sizes): Promise<void> {
  const extension = join(import.meta.dirname, 'extension/index.ts');
  for (const [name, trouble] of [
    ['one insert for each change', { index: extension }],
    ['the step mirror', {}],
  ] as const) {
    const { raw, once, seconds } = await mirrored(writes, trouble);
    console.log(
      `side by side, ${name}: ${count(writes)} writes, ${count(writes - once)} changes lost, ${count(raw - once)} rows doubled, ${seconds.toFixed(1)} s`,
    );
  }
}

const VISITS = `description: Visits
schema:
  type: object
  required: [at, page]
  properties: { at: { type: string }, page: { type: string }, seconds: { type: number }, user: { type: string } }
time: { field: at }
key: page
warehouse: true
feed: { sample: 0 }
`;

export async function benchPipeline({ events: rows }: Sizes): Promise<void> {
  const lines = Array.from({ length: rows }, (_, n) =>
    JSON.stringify({
      at: new Date(Date.UTC(2026, 0, 1) + n * 10).toISOString(),
      page: `/page/${n % 997}`,
      seconds: n % 60,
      user: `user-${n % 10_007}`,
    }),
  ).join('\n');
  await withSuite('', { 'visits.yaml': VISITS }, async (millrace, bigquery) => {
    const began = performance.now();
    const id = await millrace.upload('visits/all.ndjson', lines);
    await millrace.settled(id);
    const seconds = (performance.now() - began) / 1000;
    const once = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `millrace.events_visits`');
    const raw = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `millrace.events_visits_raw`');
    console.log(
      `pipeline: ${count(rows)} events from upload to table in ${seconds.toFixed(1)} s, ${count(Math.round(rows / seconds))} rows/s; ` +
        `events ${count(once)}, rows as inserted ${count(raw)}`,
    );
    if (once !== rows) throw new Error('The table is not what was uploaded.');
  });
}

export async function benchBackfill({ documents }: Sizes): Promise<void> {
  await withSuite(MIRROR_TRIGGER, MIRROR, async (millrace, bigquery) => {
    const { suite } = millrace;
    await writeItems(documents, millrace);
    await suite.eventarc.idle();
    for (const table of ['items_raw_latest', 'items_raw_changelog'])
      await bigquery.dataset('firestore_export').table(table).delete();
    const before = process.memoryUsage().rss;
    const [done] = await backfill(
      { project: PROJECT, names: ['items'], most: undefined, dryRun: false },
      () => {},
    );
    const { seconds, imported } = done!;
    const latest = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `firestore_export.items_raw_latest`');
    const grown = (process.memoryUsage().rss - before) / 1e6;
    console.log(
      `backfill: ${count(imported)} documents in ${seconds.toFixed(1)} s, ${count(Math.round(imported / seconds))}/s; latest ${count(latest)}; the suite's process grew by ${grown.toFixed(0)} MB`,
    );
    if (latest !== documents) throw new Error('The table is not what is in the collection.');
  });
}
