import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { loadPrices } from '../../cli/cost/prices.ts';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { count, table } from '../../cli/terminal.ts';
import type { Operations } from '../../emulators/eventarc/router.ts';
import type { Operation } from '../../emulators/meter/meter.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { MODES, type Mode } from '../../services/worker/settings.ts';
import { hostSuite } from './hosted.ts';

const HELP = `Usage: npm run bench:consume [-- --messages N] [--json]

Three ways to consume one topic, one after the other on a suite of its own (test/bench/poc): by push, which Eventarc does, by
pull and by streaming pull, each by one process with the same step. Half of the messages are not wanted; a pull subscription
filters them by an attribute, which Eventarc cannot. Times are from the publish to the step's effect.

Options:
  --messages N  how many are published at once (20000)
  --json        figures for scripts`;

const PUSHED = 'poc-stream-events';
const PULLED = 'poc-stream-events-pulled';
const STEP = resolve(import.meta.dirname, 'poc/functions/consume');
const BYTES = 1000;
/** For the latency: so many a second for so many seconds. */
const [RATE, SECONDS] = [100, 6];
const CONCURRENCY = 80;
/** Rates of worker pools, which are billed while they are there; not held against https://cloud.google.com/run/pricing. */
const WORKER = { vcpuSecond: 0.000011244, gibSecond: 0.000001235, vcpus: 1, gib: 0.5 };
const WORKER_SECOND = WORKER.vcpus * WORKER.vcpuSecond + WORKER.gib * WORKER.gibSecond;
const MONTH_SECONDS = 30 * 86_400;

/** What the step says of a run. */
interface Result {
  readonly count: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly passedBy: number;
}

interface Row {
  readonly way: 'push' | Mode;
  /** Wanted messages a second, from the first effect to the last. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Messages that were delivered for nothing, of those of the first figure. */
  readonly unwanted: number;
  /** US dollars a million wanted messages, at that rate. */
  readonly usd: number;
}

async function measure(messages: number): Promise<Row[]> {
  const suite = await hostSuite(
    resolve(import.meta.dirname, 'poc'),
    resolve(import.meta.dirname, '../pipelines'),
  );
  const pubsub = new PubSub({ projectId: PROJECT });
  const firestore = new Firestore({ projectId: PROJECT });
  const one = async (way: Row['way'], name: string): Promise<Row> => {
    const topic = pubsub.topic(name, { batching: { maxMessages: 500, maxMilliseconds: 5 } });
    const single = pubsub.topic(name, { batching: { maxMessages: 1 } });
    await flood(topic, `${way}-warm`, 2000).then(() => resultOf(firestore, `${way}-warm`));
    const before = await operationsOf(suite.control);
    await flood(topic, `${way}-flood`, messages);
    const flooded = await resultOf(firestore, `${way}-flood`);
    const used = difference(before, await operationsOf(suite.control));
    await trickle(single, `${way}-trickle`);
    const { p50, p99 } = await resultOf(firestore, `${way}-trickle`);
    const { count: wanted, seconds, passedBy } = flooded;
    const worker = way === 'push' ? 0 : seconds * WORKER_SECOND;
    // What a filter keeps back is billed as delivered: https://cloud.google.com/pubsub/docs/subscription-message-filter
    const billed =
      way === 'push' ? used : { ...used, 'pubsub.deliveredBytes': used['pubsub.deliveredBytes']! * 2 };
    const usd = ((priceOf(billed) + worker) / wanted) * 1e6;
    return { way, rate: wanted / seconds, p50, p99, unwanted: passedBy, usd };
  };
  try {
    const rows = [await one('push', PUSHED)];
    for (const mode of MODES) {
      const filter = 'attributes.kind = "wanted"';
      const name = `${PULLED}-by-${mode}`;
      await pubsub.topic(PULLED).createSubscription(name, { filter, ackDeadlineSeconds: 30 });
      const worker = await startWorker(name, mode);
      rows.push(await one(mode, PULLED));
      worker.kill('SIGTERM');
      await once(worker, 'exit');
      await pubsub.subscription(name).delete();
    }
    return rows;
  } finally {
    await Promise.all([pubsub.close(), firestore.terminate()]);
    await suite.stop();
  }
}

async function startWorker(subscription: string, mode: Mode): Promise<ChildProcess> {
  const options = [
    '--subscription',
    subscription,
    '--topic',
    PULLED,
    '--mode',
    mode,
    '--concurrency',
    `${CONCURRENCY}`,
  ];
  const program = resolve(import.meta.dirname, '../support/worker.ts');
  const child = spawn(process.execPath, ['--max-semi-space-size=24', program, STEP, ...options], {
    env: { ...process.env, GOOGLE_CLOUD_PROJECT: PROJECT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface(child.stdout!), 'line');
  return child;
}

const DATA = Buffer.alloc(BYTES, 'x');

/** All at once, every other one wanted. */
async function flood(topic: Topic, run: string, messages: number): Promise<void> {
  const of = String(Math.ceil(messages / 2));
  const sent = Array.from({ length: messages }, (_, at) =>
    topic.publishMessage({
      data: DATA,
      attributes: { run, of, kind: at % 2 === 0 ? 'wanted' : 'other', sent: String(Date.now()) },
    }),
  );
  await Promise.all(sent);
}

/** One after the other, at a rate that nobody has trouble with. */
async function trickle(topic: Topic, run: string): Promise<void> {
  const of = RATE * SECONDS;
  const began = Date.now();
  const sent: Promise<string>[] = [];
  for (let at = 0; at < of; at++) {
    await after(Math.max(0, began + (at * 1000) / RATE - Date.now()));
    const attributes = { run, of: String(of), kind: 'wanted', sent: String(Date.now()) };
    sent.push(topic.publishMessage({ data: DATA, attributes }));
  }
  await Promise.all(sent);
}

function resultOf(firestore: Firestore, run: string): Promise<Result> {
  return new Promise((done, fail) => {
    const stop = firestore.doc(`results/${run}`).onSnapshot(snapshot => {
      if (!snapshot.exists) return;
      stop();
      done(snapshot.data() as Result);
    }, fail);
  });
}

type Used = Partial<Record<Operation, number>>;

async function operationsOf(control: string): Promise<Used> {
  const { counts } = (await (await fetch(`${control}/operations`)).json()) as Operations;
  const used: Used = {};
  for (const ofPayer of Object.values(counts))
    for (const [name, value] of Object.entries(ofPayer))
      used[name as Operation] = (used[name as Operation] ?? 0) + value;
  return used;
}

const difference = (before: Used, now: Used): Used =>
  Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, value - (before[name as Operation] ?? 0)]),
  );

/** Deliveries and functions; what publishing costs is the same for all. */
const PRICED: readonly Operation[] = [
  'pubsub.deliveredBytes',
  'functions.requests',
  'functions.vcpuSeconds',
  'functions.gibSeconds',
];

function priceOf(used: Used): number {
  const { operations } = loadPrices();
  return PRICED.reduce(
    (sum, name) => sum + ((used[name] ?? 0) * operations[name].usd) / operations[name].per,
    0,
  );
}

await runScript(
  HELP,
  { messages: { type: 'string', default: '20000' }, json: { type: 'boolean', default: false } },
  async ({ messages, json }) => {
    const rows = await measure(wholeNumber('messages', messages, 1000));
    const load = loadavg();
    const month = WORKER_SECOND * MONTH_SECONDS;
    if (json) console.log(JSON.stringify({ rows, usdAMonthOfOneWorker: month, load }));
    else {
      const cells = rows.map(({ way, rate, p50, p99, unwanted, usd }) => [
        way,
        count(Math.round(rate)),
        p50,
        p99,
        count(unwanted),
        usd.toFixed(2),
      ]);
      const heading = [
        'by',
        'wanted/s',
        'p50 ms',
        'p99 ms',
        'unwanted deliveries',
        'US$ a million, at that rate',
      ];
      console.log(table(heading, cells));
      console.log(
        `A worker costs US$ ${month.toFixed(2)} a month, whatever comes; a push nothing while nothing comes.`,
      );
      console.log(`Load of the machine: ${load.map(one => one.toFixed(1)).join(', ')}`);
    }
    return 0;
  },
);
