import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBroker, type LocalBroker } from '../../emulators/pubsub/broker.ts';
import { type PubsubEmulator, startPubsub } from '../../emulators/pubsub/server.ts';
import type { SubscriptionConfig } from '../../emulators/pubsub/types.ts';
import { serveHealth } from './health.ts';
import { MODES, type WorkerSettings } from './settings.ts';
import { startWorker } from './start.ts';
import type { Handler, Worker } from './worker.ts';

const TOPIC = 'projects/p/topics/events';
const LETTERS = 'projects/p/topics/dead-letters';
const SUBSCRIPTION = 'projects/p/subscriptions/millrace-worker-count-on-events';
const CONFIG: SubscriptionConfig = {
  name: SUBSCRIPTION,
  topic: TOPIC,
  ackDeadlineSeconds: 10,
  enableMessageOrdering: false,
  messageRetentionSeconds: 600,
  labels: {},
};

let late = 0;
let broker: LocalBroker;
let emulator: PubsubEmulator;
let workers: Worker[];

beforeEach(async () => {
  late = 0;
  // A backoff of 10 s takes 10 ms; the clock can be put forward.
  broker = createBroker({ timeScale: 1000, now: () => Date.now() + late });
  broker.createTopic(TOPIC);
  emulator = await startPubsub({ broker });
  vi.stubEnv('PUBSUB_EMULATOR_HOST', `127.0.0.1:${emulator.port}`);
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map(worker => worker.drain(0)));
  await emulator.stop();
  broker.stop();
});

function work(mode: WorkerSettings['mode'], handle: Handler, settings: Partial<WorkerSettings> = {}): Worker {
  const given: WorkerSettings = {
    step: 'count',
    project: 'p',
    subscription: SUBSCRIPTION,
    topic: TOPIC,
    mode,
    concurrency: 4,
    timeout: 60,
    ordered: false,
    drain: 1,
    ...settings,
  };
  const worker = startWorker(given, handle, { info: () => {}, warn: () => {}, error: () => {} });
  workers.push(worker);
  return worker;
}

const publish = (texts: readonly string[], orderingKey = ''): Promise<string[]> =>
  broker.publish(
    TOPIC,
    texts.map(text => ({ data: Buffer.from(text), attributes: {}, orderingKey })),
  );
const textOf: (event: Parameters<Handler>[0]) => string = event =>
  Buffer.from(event.data?.message.data ?? '', 'base64').toString();
const NONE = { ready: 0, leased: 0, delayed: 0, oldest: undefined };
const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

describe.each(MODES)('by %s', mode => {
  it('every message is handled and acknowledged, so many at once', async () => {
    broker.createSubscription(CONFIG);
    const seen: string[] = [];
    let [atOnce, most] = [0, 0];
    const worker = work(mode, async event => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce--;
      seen.push(textOf(event));
    });
    await publish(numbers(100));
    await expect.poll(() => broker.stats(SUBSCRIPTION)).toEqual(NONE);
    expect(new Set(seen)).toEqual(new Set(numbers(100)));
    expect([seen.length, most, worker.status.done]).toEqual([100, 4, 100]);
  });

  it('what fails comes again, and is a dead letter in the end, beside what does not', async () => {
    broker.createTopic(LETTERS);
    broker.createSubscription({ ...CONFIG, name: 'projects/p/subscriptions/letters', topic: LETTERS });
    broker.createSubscription({
      ...CONFIG,
      retryPolicy: { minimumBackoff: 10, maximumBackoff: 600 },
      deadLetterPolicy: { deadLetterTopic: LETTERS, maxDeliveryAttempts: 5 },
    });
    const attempts: number[] = [];
    work(mode, event => {
      if (textOf(event) !== 'poison') return;
      attempts.push(event.data?.deliveryAttempt ?? 0);
      throw new Error('no');
    });
    await publish(['fine', 'poison', 'also fine']);
    await expect.poll(() => broker.stats(SUBSCRIPTION)).toEqual(NONE);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    const letters = await broker.lease('projects/p/subscriptions/letters', 9);
    expect(letters.map(({ message }) => Buffer.from(message.data).toString())).toEqual(['poison']);
  });

  it('messages of an ordering key come in their order, also when one of them fails at first', async () => {
    broker.createSubscription({ ...CONFIG, enableMessageOrdering: true });
    const done: string[] = [];
    work(
      mode,
      event => {
        if (textOf(event) === '3' && done.length === 3 && !done.includes('failed')) {
          done.push('failed');
          throw new Error('not yet');
        }
        done.push(textOf(event));
      },
      { ordered: true },
    );
    await publish(numbers(8), 'key');
    await expect.poll(() => broker.stats(SUBSCRIPTION)).toEqual(NONE);
    expect(done).toEqual(['0', '1', '2', 'failed', '3', '4', '5', '6', '7']);
  });

  it('a drain finishes what is under way and leaves the rest to others, none of it lost', async () => {
    broker.createSubscription(CONFIG);
    const end = Promise.withResolvers<void>();
    const worker = work(mode, () => end.promise, { concurrency: 2 });
    await publish(numbers(9));
    await expect.poll(() => worker.status.running).toBe(2);
    const drained = worker.drain(10);
    end.resolve();
    await drained;
    workers = [];
    expect(worker.status).toMatchObject({ done: 2, running: 0, waiting: 0 });
    expect(broker.stats(SUBSCRIPTION)).toMatchObject({ ready: 7, leased: 0 });
  });

  it('a subscription that is not there ends the taking with the reason', async () => {
    const worker = work(mode, () => {});
    await expect(worker.failure).resolves.toMatchObject({ code: 5 });
  });
});

it('By pull the leases of what takes long are extended', async () => {
  const intervals = vi.spyOn(globalThis, 'setInterval');
  broker.createSubscription(CONFIG);
  const end = Promise.withResolvers<void>();
  const worker = work('pull', () => end.promise);
  const extend = intervals.mock.calls.find(([, ms]) => ms === 5000)?.[0] as () => void;
  intervals.mockRestore();
  await publish(['long']);
  await expect.poll(() => worker.status.running).toBe(1);
  const extended = vi.spyOn(broker, 'extend');
  for (let round = 1; round <= 3; round++) {
    extend();
    await expect.poll(() => extended.mock.calls.length).toBe(round);
    late += 25_000;
    expect(broker.stats(SUBSCRIPTION)).toMatchObject({ leased: 1, ready: 0 });
  }
  end.resolve();
  await expect.poll(() => broker.stats(SUBSCRIPTION)).toEqual(NONE);
});

it('Probes are told how the worker is doing', async () => {
  const status = { running: 1, waiting: 0, done: 7, failed: 0 };
  const health = await serveHealth(0, { status });
  const [healthy, other] = await Promise.all(
    ['healthz', 'x'].map(path => fetch(`http://127.0.0.1:${health.port}/${path}`)),
  );
  expect([healthy!.status, await healthy!.json(), other!.status]).toEqual([200, status, 404]);
  health.stop();
});
