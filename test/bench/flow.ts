import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { addressOf } from '../../cli/connect.ts';
import { send } from '../../cli/send.ts';
import { settle } from '../../cli/settle.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { bucketName } from '../../shared/config/config.ts';
import { loadPipelines } from '../../shared/pipelines/load.ts';
import type { Generated } from './generate.ts';
import { type SuiteProcess, spawnSuite } from './process.ts';

/** Figures of two processes: the suite's, and its children's together. */
export interface PerProcess {
  readonly suite: number;
  readonly steps: number;
}

export interface FlowFigures {
  readonly events: number;
  readonly bytes: number;
  /** Milliseconds from the start of the process to a message published and a document written and read. */
  readonly startedMs: number;
  /** From the first byte sent to the last result. */
  readonly seconds: number;
  /** Processor time for 1,000 events in that time, ms. */
  readonly cpu: PerProcess;
  /** Peak of resident memory, MB. */
  readonly memory: PerProcess;
}

/**
 * Uploads a file to a suite of its own.
 * @param pipelines folder of more than the repository's own
 * @param compare more than the panes' totals, once all is done
 * @throws where the results differ from the independent count
 */
export async function flow(
  file: string,
  generated: Generated,
  pipelines?: string,
  compare?: (firestore: Firestore) => Promise<void>,
): Promise<FlowFigures> {
  const suite = await spawnSuite();
  try {
    const { environment, control } = addressOf(String(suite.base));
    Object.assign(process.env, environment);
    const startedMs = await firstPublishAndRead(suite);
    if (pipelines !== undefined) await deploy(pipelines);
    const before = suite.cpu();
    const seconds = await upload(file, control, generated);
    const after = suite.cpu();
    const memory = suite.peakMemory();
    await check(generated, compare);
    const { events, bytes } = generated;
    const cpu = {
      suite: ((after.suite - before.suite) * 1000) / events,
      steps: ((after.steps - before.steps) * 1000) / events,
    };
    return { events, bytes, startedMs, seconds, cpu, memory };
  } finally {
    await suite.stop();
  }
}

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

async function deploy(folder: string): Promise<void> {
  const bucket = new Storage({ projectId: PROJECT }).bucket(bucketName('pipelines', PROJECT));
  for (const [name, text] of loadPipelines(folder).objects) await bucket.file(name).save(text);
}

async function upload(file: string, control: string, generated: Generated): Promise<number> {
  const firestore = new Firestore({ projectId: PROJECT });
  const began = performance.now();
  const { id } = await send(new Storage({ projectId: PROJECT }), file, generated.pipeline);
  await settle(firestore, id, control, 'Counting');
  await firestore.terminate();
  return (performance.now() - began) / 1000;
}

async function check(generated: Generated, compare?: (firestore: Firestore) => Promise<void>): Promise<void> {
  const firestore = new Firestore({ projectId: PROJECT });
  const panes = await firestore.collection(`windows/${generated.pipeline}/panes`).get();
  let events = 0;
  let sum = 0;
  let omitted = 0;
  for (const pane of panes.docs) {
    omitted += Number(pane.get('omitted') ?? 0);
    events += Number(pane.get('count') ?? 0);
    const keys = pane.get('keys') as Record<string, Record<string, { sum: number }>>;
    for (const key of Object.values(keys)) sum += key[generated.measure]!.sum;
  }
  sum = Math.round(sum * 10) / 10;
  const alerts = (await firestore.collection('alerts').count().get()).data().count;
  await compare?.(firestore);
  await firestore.terminate();
  const found = { events, sum, alerts };
  // Of very many keys a pane shows the largest: then its count alone tells of all.
  const expected = {
    events: generated.events,
    sum: omitted > 0 ? sum : generated.sum,
    alerts: generated.alerts,
  };
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`Wrong results: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }
}

/** The limit to compare with: events/s of one core that does nothing but parse the same lines. */
export async function parsingRate(file: string, events: number): Promise<number> {
  const began = performance.now();
  for await (const line of createInterface({ input: createReadStream(file) })) JSON.parse(line);
  return (events * 1000) / (performance.now() - began);
}
