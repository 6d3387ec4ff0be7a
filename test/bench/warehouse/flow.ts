import { backfill } from '../../../cli/backfill/backfill.ts';
import { count } from '../../../cli/terminal.ts';
import { PROJECT } from '../../../emulators/suite-address.ts';
import { residentMemory } from '../process.ts';
import { Processors } from './processors.ts';
import { MIRROR, MIRROR_TRIGGER, numberOf, type Sizes, withSuite } from './suite.ts';
import { Writer } from './writer.ts';

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

/** Events before the measurement: code is loaded and made fast, the table is made, and none of it is a row's own cost. */
const WARM_UP = 20_000;

export async function benchPipeline({ events: rows }: Sizes): Promise<void> {
  await withSuite('', { 'visits.yaml': VISITS }, async (millrace, bigquery) => {
    await millrace.settled(await millrace.upload('visits/before.ndjson', visits(rows, rows + WARM_UP)));
    const lines = visits(0, rows);
    const processors = new Processors();
    const began = performance.now();
    const id = await millrace.upload('visits/all.ndjson', lines);
    await millrace.settled(id);
    const seconds = (performance.now() - began) / 1000;
    const cost = processors.each(rows);
    const once = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `millrace.events_visits`');
    const raw = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `millrace.events_visits_raw`');
    console.log(
      `pipeline: ${count(rows)} events from upload to table in ${seconds.toFixed(1)} s, ${count(Math.round(rows / seconds))} rows/s; ${cost}; ` +
        `events ${count(once)}, rows as inserted ${count(raw)}, ${count(WARM_UP)} of each from before`,
    );
    if (once !== rows + WARM_UP) throw new Error('The table is not what was uploaded.');
  });
}

/** Lines of NDJSON, each with another time. */
function visits(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => {
    const n = from + at;
    return JSON.stringify({
      at: new Date(Date.UTC(2026, 0, 1) + n * 10).toISOString(),
      page: `/page/${n % 997}`,
      seconds: n % 60,
      user: `user-${n % 10_007}`,
    });
  }).join('\n');
}

export async function benchBackfill({ documents }: Sizes): Promise<void> {
  await withSuite(MIRROR_TRIGGER, MIRROR, async (millrace, bigquery) => {
    const { suite } = millrace;
    {
      await using writer = new Writer(millrace);
      await writer.write({ from: 0, to: documents });
    }
    await suite.eventarc.idle();
    for (const table of ['items_raw_latest', 'items_raw_changelog'])
      await bigquery.dataset('firestore_export').table(table).delete();
    const samples = [residentMemory()];
    const sampling = setInterval(() => samples.push(residentMemory()), 250);
    const work = backfill({ project: PROJECT, names: ['items'], most: undefined, dryRun: false }, () => {});
    const [done] = await work.finally(() => clearInterval(sampling));
    const { seconds, imported } = done!;
    const latest = await numberOf(bigquery, 'SELECT COUNT(*) AS n FROM `firestore_export.items_raw_latest`');
    const over = (of: 'suite' | 'steps'): string =>
      [0, 1, 2, 3, 4].map(quarter => count(samples.at(((samples.length - 1) * quarter) / 4)![of])).join(', ');
    console.log(
      `backfill: ${count(imported)} documents in ${seconds.toFixed(1)} s, ${count(Math.round(imported / seconds))}/s; latest ${count(latest)}; ` +
        `at its beginning and after each quarter of its time the steps' process has ${over('steps')} MB, the suite's ${over('suite')} MB`,
    );
    if (latest !== documents) throw new Error('The table is not what is in the collection.');
  });
}
