import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { count, table } from '../../cli/terminal.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { uploadId } from '../../functions/ingest/upload.ts';
import { bucketName } from '../../shared/config/config.ts';
import { flights, writeFlights } from '../bench/flights.ts';
import { ROOT, startTestSuite, type TestSuite } from '../support/suite.ts';
import { killEveryTwoSeconds, type Recovery } from './kills.ts';
import { addTotal, compare, type State, type Total } from './state.ts';

const HELP = `Usage: node test/faults/flights.ts [--flights N] [--seed N]

Uploads the first flights of vega-datasets' three million, with a process per step, and kills a random step with -9 every two
seconds until the upload is done; then compares every window and alert with an independent count.

Options:
  --flights N  How many (default 200,000)
  --seed N     Decides which steps are killed (default 1)
  --help       This text

Exit codes: 0 nothing was lost or doubled, 1 something was, 2 wrong use.`;

const DAY_MS = 24 * 3600_000;
const ALERT_MINUTES = 300;
const SHOWN_DIFFERENCES = 10;

const OPTIONS = {
  flights: { type: 'string', default: '200000' },
  seed: { type: 'string', default: '1' },
} as const;

async function campaign(events: number, seed: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-flights-'));
  try {
    const file = join(dir, 'flights.ndjson');
    await writeFlights(file, events);
    const began = performance.now();
    await using millrace = await startTestSuite({ pipelines: resolve(ROOT, 'pipelines'), isolate: true });
    await millrace.suite.functions.ready();
    const recoveries = await throughKills(millrace, file, seed);
    const seconds = (performance.now() - began) / 1000;
    const { lost, doubled, differences } = compare(await oracle(events), await readState(millrace.firestore));
    show([
      ['flights', count(events)],
      ['seed', String(seed)],
      ['steps killed -9', count(recoveries.length)],
      ['lost, doubled', `${lost}, ${doubled}`],
      ['as the oracle', differences.length === 0 ? 'yes' : 'NO'],
      ['until a killed step is up again', spread(recoveries.map(({ up }) => up))],
      [
        'until it has handled an event, where any waited',
        spread(recoveries.flatMap(({ handled }) => handled ?? [])),
      ],
      ['seconds', seconds.toFixed(0)],
    ]);
    for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) console.error(difference);
    return differences.length === 0 ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Resolves once the upload is done and nothing is under way. */
async function throughKills(
  { suite, storage, settled }: TestSuite,
  file: string,
  seed: number,
): Promise<Recovery[]> {
  const name = 'flights/killed.ndjson';
  const bucket = storage.bucket(bucketName('uploads', PROJECT));
  const [object] = await bucket.upload(file, { destination: name, resumable: false });
  const end = new AbortController();
  const killing = killEveryTwoSeconds(suite, seed, end.signal);
  await settled(uploadId({ bucket: bucket.name, name, generation: String(object.metadata.generation) }));
  end.abort();
  const recoveries = await killing;
  await suite.eventarc.idle();
  return recoveries;
}

/** What must come out, computed from the rows without any of Millrace. */
async function oracle(events: number): Promise<State> {
  const windows = new Map<string, Total>();
  const alerts = new Map<string, number>();
  for await (const some of flights(events)) {
    for (const { date, delay, origin } of some) {
      const time = Date.parse(`${date}Z`);
      const at = `${new Date(time - (time % DAY_MS)).toISOString()} ${origin}`;
      addTotal(windows, at, delay);
      if (delay >= ALERT_MINUTES) add(alerts, `${new Date(time).toISOString()} ${origin} ${delay}`);
    }
  }
  return { windows, alerts, letters: new Map(), entities: new Map() };
}

/** The same from the documents. */
async function readState(firestore: Firestore): Promise<State> {
  const [panes, found, letters] = await Promise.all([
    firestore.collection('windows/flights/panes').get(),
    firestore.collection('alerts').get(),
    firestore.collection('deadLetters').get(),
  ]);
  const windows = new Map<string, Total>();
  for (const pane of panes.docs) {
    // Further parts of a large pane bear its start too.
    const start = (pane.get('start').toDate() as Date).toISOString();
    const keys = pane.get('keys') as Record<string, { count: number; delay: Total }>;
    for (const [key, { count, delay }] of Object.entries(keys)) {
      const { sum, min, max } = delay;
      windows.set(`${start} ${key}`, { count, sum, min, max });
    }
  }
  const alerts = new Map<string, number>();
  for (const alert of found.docs) {
    add(
      alerts,
      `${(alert.get('time').toDate() as Date).toISOString()} ${alert.get('key')} ${alert.get('value')}`,
    );
  }
  const given = new Map(letters.docs.map(letter => [`${letter.id}: ${letter.get('reason')}`, 1]));
  return { windows, alerts, letters: given, entities: new Map() };
}

const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    `${((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) / 1000).toFixed(1)} s`;
  return sorted.length === 0 ? '–' : `p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)}`;
}

const show = (rows: readonly [string, string][]): void =>
  console.log(
    table(
      ['what', 'figure'],
      rows.map(row => [...row]),
    ),
  );

await runScript(HELP, OPTIONS, given =>
  campaign(wholeNumber('flights', given.flights), wholeNumber('seed', given.seed, 0)),
);
