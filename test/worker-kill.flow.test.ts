import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../emulators/firestore/server.ts';
import { createBroker } from '../emulators/pubsub/broker.ts';
import { startPubsub } from '../emulators/pubsub/server.ts';
import { startStorage } from '../emulators/storage/storage.ts';
import { encodeBatch } from '../shared/batches/codec.ts';
import { bucketName } from '../shared/config/config.ts';
import { scheduleEvent } from '../shared/events/schedule.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import { ROOT } from './support/suite.ts';

const PROJECT = 'demo-workers';
const TOPIC = `projects/${PROJECT}/topics/events`;
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/millrace-worker-aggregate-on-events`;
const LEDGER = '/_millrace/aggregate/ledger/';
const BATCHES = 60;
const PER_BATCH = 20;

const { pipelines, objects } = loadPipelines(join(ROOT, 'test/pipelines'));
const { name: pipeline, version } = pipelines.find(({ name }) => name === 'items')!;

/** The broker's clock, put forward so that a dead worker's leases are over at once. */
let late = 0;
const broker = createBroker({ now: () => Date.now() + late });
const stops: (() => unknown)[] = [];
let firestore: FirestoreEmulator;
let environment: Record<string, string>;

beforeAll(async () => {
  for (const topic of [TOPIC, `projects/${PROJECT}/topics/dead-letters`]) broker.createTopic(topic);
  const config = { ackDeadlineSeconds: 10, enableMessageOrdering: false, messageRetentionSeconds: 86_400 };
  broker.createSubscription({ name: SUBSCRIPTION, topic: TOPIC, labels: {}, ...config });
  const [pubsub, documents, storage] = await Promise.all([
    startPubsub({ broker }),
    startFirestore(),
    startStorage(),
  ]);
  firestore = documents;
  stops.push(
    () => pubsub.stop(),
    () => documents.stop(),
    () => storage.stop(),
    () => broker.stop(),
  );
  environment = {
    GOOGLE_CLOUD_PROJECT: PROJECT,
    METADATA_SERVER_DETECTION: 'none',
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${documents.port}`,
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage.port}`,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  storage.createBucket(bucketName('pipelines'));
  for (const [name, body] of objects) {
    const upload = `http://127.0.0.1:${storage.port}/upload/storage/v1/b/${bucketName('pipelines')}/o`;
    await fetch(`${upload}?uploadType=media&name=${encodeURIComponent(name)}`, { method: 'POST', body });
  }
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

/** A process of its own, as in a container. */
function startWorker(mode: string): ChildProcess {
  const options = ['--subscription', SUBSCRIPTION, '--topic', TOPIC, '--mode', mode, '--concurrency', '4'];
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test/support/worker.ts'), join(ROOT, 'functions/aggregate'), ...options],
    {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  stops.unshift(() => child.kill('SIGKILL'));
  return child;
}

/** Kills the process when it has committed a batch, before it gets the answer. */
async function killAtItsEffect(child: ChildProcess): Promise<void> {
  const stop = firestore.onChange(changes => {
    if (changes.some(({ name }) => name.includes(LEDGER))) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'exit');
  stop();
  expect(signal).toBe('SIGKILL');
}

async function publish(): Promise<void> {
  const messages = Array.from({ length: BATCHES }, (_, batch) => {
    const events = Array.from({ length: PER_BATCH }, (_, at) =>
      JSON.stringify({
        specversion: '1.0',
        id: `${batch}-${at}`,
        source: '/test',
        type: 't',
        time: `2026-03-01T12:0${at % 3}:00.000Z`,
        partitionkey: 'k',
        data: { at: 0, key: 'k', value: 1 },
      }),
    );
    return encodeBatch({ id: `b${batch}`, pipeline, version, upload: 'u', records: PER_BATCH }, events)[0]!;
  });
  await broker.publish(
    TOPIC,
    messages.map(message => ({ ...message, orderingKey: '' })),
  );
}

/** What clients would see: the sum of all panes, by key. */
async function counted(): Promise<{ batches: number; events: number; sum: number }> {
  await import('../functions/tick/index.ts');
  const { getFunction } = await import('@google-cloud/functions-framework/testing');
  const run = { project: PROJECT, location: 'local-1', job: 'tick', scheduledTime: Date.now() };
  await (getFunction('tick') as (event: unknown) => Promise<void>)(scheduleEvent(run));
  const client = new Firestore({ projectId: PROJECT });
  const panes = (await client.collection(`windows/${pipeline}/panes`).get()).docs.map(pane =>
    pane.get('keys.k'),
  );
  const batches = (await client.collection('_millrace/aggregate/ledger').count().get()).data().count;
  await client.terminate();
  const total = (pick: (statistics: { count: number; value: { sum: number } }) => number): number =>
    panes.reduce((sum, statistics) => sum + pick(statistics), 0);
  return { batches, events: total(({ count }) => count), sum: total(({ value }) => value.sum) };
}

it('Workers that are killed between effect and acknowledgement, five at once, lose nothing and double nothing', {
  timeout: 60_000,
}, async () => {
  await publish();
  await killAtItsEffect(startWorker('streaming-pull'));
  expect(broker.counts(SUBSCRIPTION)).toMatchObject({ acknowledged: 0, failed: 0 });
  late += 11_000;
  const five = ['streaming-pull', 'pull', 'streaming-pull', 'pull', 'streaming-pull'].map(startWorker);
  const [victim, ...others] = five;
  await killAtItsEffect(victim!);
  late += 11_000;
  const waiting = () => {
    const { ready, leased, delayed } = broker.stats(SUBSCRIPTION);
    return ready + leased + delayed;
  };
  await expect.poll(waiting, { timeout: 30_000 }).toBe(0);
  const exits = others.map(child => once(child, 'exit'));
  for (const child of others) child.kill('SIGTERM');
  expect(await Promise.all(exits)).toEqual(others.map(() => [0, null]));
  expect(broker.counts(SUBSCRIPTION).failed).toBeGreaterThan(0);
  expect(await counted()).toEqual({
    batches: BATCHES,
    events: BATCHES * PER_BATCH,
    sum: BATCHES * PER_BATCH,
  });
});
