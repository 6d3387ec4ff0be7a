import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { addressOf } from '../../cli/connect.ts';
import { send } from '../../cli/send.ts';
import { settle } from '../../cli/settle.ts';
import { count, table } from '../../cli/terminal.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { type Generated, generateQuakes } from './generate.ts';
import { type SuiteProcess, spawnSuite } from './process.ts';

const HELP = `Usage: npm run bench [-- --events N] [--json]

Uploads generated events to a suite of its own and times them from the upload to settled results.

Examples:
  npm run bench                       200,000 events
  npm run bench -- --events 20000     a quick look
  npm run bench -- --json             for scripts`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) console.log(HELP);
else await bench(Number(values.events), values.json);

async function bench(events: number, json: boolean): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const file = join(dir, 'events.ndjson');
  try {
    const generated = await generateQuakes(file, events);
    const parsing = await parsingSeconds(file);
    const suite = await spawnSuite();
    try {
      const { environment, control } = addressOf(String(suite.base));
      Object.assign(process.env, environment);
      const started = await firstPublishAndRead(suite);
      const seconds = await upload(file, control, generated);
      report({ events, bytes: generated.bytes, started, seconds, parsing, memory: suite.peakMemory() }, json);
    } finally {
      await suite.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Milliseconds from the start of the process to a message published and a document written and read. */
async function firstPublishAndRead(suite: SuiteProcess): Promise<number> {
  // A gRPC client that is refused once waits a second before it tries again: that would be measured instead.
  await Promise.all([suite.listening('pubsub'), suite.listening('firestore')]);
  const pubsub = new PubSub({ projectId: PROJECT });
  const firestore = new Firestore({ projectId: PROJECT });
  const document = firestore.doc('bench/started');
  await Promise.all([
    pubsub.topic('ingest-continue-bench').create(),
    document.set({ started: true }).then(() => document.get()),
  ]);
  const started = performance.now() - suite.spawned;
  await Promise.all([pubsub.close(), firestore.terminate()]);
  return started;
}

/** Seconds from the first byte sent to the last result, which is compared with the independent count. */
async function upload(file: string, control: string, generated: Generated): Promise<number> {
  const firestore = new Firestore({ projectId: PROJECT });
  const began = performance.now();
  const { id } = await send(new Storage({ projectId: PROJECT }), file, 'quakes');
  await settle(firestore, id, control, 'Counting');
  const seconds = (performance.now() - began) / 1000;

  const panes = await firestore.collection('windows/quakes/panes').select('count', 'keys').get();
  let counted = 0;
  let tenths = 0;
  for (const pane of panes.docs) {
    counted += Number(pane.get('count'));
    const keys = pane.get('keys') as Record<string, { magnitude: { sum: number } }>;
    for (const { magnitude } of Object.values(keys)) tenths += Math.round(magnitude.sum * 10);
  }
  const alerts = (await firestore.collection('alerts').count().get()).data().count;
  await firestore.terminate();
  const found = { counted, tenths, alerts };
  const expected = { counted: generated.events, tenths: generated.tenths, alerts: generated.alerts };
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`Wrong results: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }
  return seconds;
}

/** The limit to compare with: one core that does nothing but parse the same lines. */
async function parsingSeconds(file: string): Promise<number> {
  const began = performance.now();
  for await (const line of createInterface({ input: createReadStream(file) })) JSON.parse(line);
  return (performance.now() - began) / 1000;
}

interface Figures {
  readonly events: number;
  readonly bytes: number;
  readonly started: number;
  readonly seconds: number;
  readonly parsing: number;
  readonly memory: { readonly suite: number; readonly steps: number };
}

function report({ events, bytes, started, seconds, parsing, memory }: Figures, json: boolean): void {
  const rate = Math.round(events / seconds);
  const limit = Math.round(events / parsing);
  if (json) {
    const rounded = { seconds: Number(seconds.toFixed(2)), startedMs: Math.round(started) };
    console.log(
      JSON.stringify({ events, bytes, ...rounded, eventsPerSecond: rate, parsingPerSecond: limit, memory }),
    );
    return;
  }
  console.log(
    table(
      ['figure', 'value'],
      [
        ['first publish, write and read after', `${Math.round(started)} ms`],
        ['events', `${count(events)} (${(bytes / 1e6).toFixed(1)} MB)`],
        ['upload to settled results', `${seconds.toFixed(2)} s`],
        ['events/s', count(rate)],
        [
          'JSON.parse alone, one core, events/s',
          `${count(limit)} (${((100 * rate) / limit).toFixed(1)} % of it reached)`,
        ],
        ['peak memory, suite', `${memory.suite} MB`],
        ['peak memory, steps', `${memory.steps} MB`],
      ],
    ),
  );
}
