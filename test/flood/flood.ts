import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import type { PubSub } from '@google-cloud/pubsub';
import type { Suite } from '../../emulators/suite.ts';
import { ROOT, startTestSuite } from '../support/suite.ts';
import { AT, PATIENT, postAll } from './publishers.ts';

export interface FloodOptions {
  /** To the topic, of one small event each. */
  readonly messages: number;
  /** Over HTTP, likewise. */
  readonly requests: number;
  /** Before an HTTP request that was refused is repeated. */
  readonly pauseMs: number;
  /** How often somebody else publishes an event. */
  readonly probeEveryMs: number;
  /** Instead of the suite's own limit. */
  readonly mostWaiting?: number;
  /** Publishes the messages; resolves once all are accepted. */
  readonly publish: (messages: number) => Promise<void>;
}

export interface FloodOutcome {
  /** Events of the flood, and of somebody else, in the documents. */
  readonly counted: number;
  readonly probesCounted: number;
  /** From the publishing of an event of somebody else to the alert that it raises; ms, in rising order. */
  readonly latencies: readonly number[];
  /** How often each HTTP status was answered. */
  readonly answers: Readonly<Record<number, number>>;
  /** Most messages that were seen waiting for the steps at once. */
  readonly mostWaiting: number;
  /** Until the last message was accepted, and until the last was counted. */
  readonly acceptedSeconds: number;
  readonly seconds: number;
}

const KEY = 'flood';
const HASHED = `${KEY}:${createHash('sha256').update(KEY).digest('hex')}`;

/** Floods a suite of its own while somebody else goes on publishing a little, and waits until all is counted. */
export async function flood(options: FloodOptions): Promise<FloodOutcome> {
  const { messages, requests, pauseMs, probeEveryMs, mostWaiting, publish } = options;
  await using millrace = await startTestSuite({
    pipelines: resolve(ROOT, 'test/flood/pipelines'),
    environment: { MILLRACE_API_KEYS: HASHED },
    ...(mostWaiting !== undefined && { mostWaiting }),
  });
  const { suite, firestore, pubsub } = millrace;
  await suite.functions.ready();
  using watch = watchWaiting(suite);
  await using probes = probe(firestore, pubsub, probeEveryMs);
  const began = performance.now();
  const seconds = () => Number(((performance.now() - began) / 1000).toFixed(1));
  const endpoint = suite.functions.endpoint('publish')!;
  const [answers] = await Promise.all([postAll(endpoint, requests, KEY, pauseMs), publish(messages)]);
  const acceptedSeconds = seconds();
  const latencies = await probes.end();
  await suite.eventarc.idle();
  const [counted = 0, probesCounted = 0] = await settled(firestore, [messages + requests, latencies.length]);
  return {
    ...{ counted, probesCounted, latencies: latencies.sort((a, b) => a - b) },
    ...{ answers: Object.fromEntries(answers), mostWaiting: watch.most() },
    ...{ acceptedSeconds, seconds: seconds() },
  };
}

function watchWaiting({ eventarc }: Suite): Disposable & { most(): number } {
  let most = 0;
  const timer = setInterval(() => {
    const { triggers } = eventarc.status();
    const waiting = triggers.reduce(
      (sum, { ready, inFlight, delayed }) => sum + ready + inFlight + delayed,
      0,
    );
    most = Math.max(most, waiting);
  }, 50);
  return { most: () => most, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Publishes an event now and then; `end` resolves once the alert of each has come, with how long they took, ms. */
function probe(
  firestore: Firestore,
  pubsub: PubSub,
  everyMs: number,
): AsyncDisposable & { end(): Promise<number[]> } {
  const topic = pubsub.topic('events-raw', { batching: { maxMessages: 1 }, gaxOpts: PATIENT });
  const sent: number[] = [];
  const latencies = new Map<number, number>();
  const stop = firestore
    .collection('alerts')
    .where('pipeline', '==', 'probe')
    .onSnapshot(alerts => {
      for (const { doc } of alerts.docChanges()) {
        const value = doc.get('value') as number;
        if (!latencies.has(value)) latencies.set(value, performance.now() - sent[value]!);
      }
    });
  const ended = new AbortController();
  const publishing = (async () => {
    while (!ended.signal.aborted) {
      const value = sent.push(performance.now()) - 1;
      const event = {
        specversion: '1.0',
        id: `${value}`,
        source: '/probe',
        type: 't',
        data: { at: AT, value },
      };
      await topic.publishMessage({
        data: Buffer.from(JSON.stringify(event)),
        attributes: { 'content-type': 'application/cloudevents+json', pipeline: 'probe' },
      });
      await sleep(everyMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    end: async () => {
      ended.abort();
      await publishing;
      while (latencies.size < sent.length) await sleep(20);
      return [...latencies.values()];
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      stop();
      await publishing;
    },
  };
}

/** What the windows of both pipelines count, once that is as expected or long enough has passed. */
async function settled(firestore: Firestore, expected: readonly number[]): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const counts = await Promise.all(['flood', 'probe'].map(pipeline => counted(firestore, pipeline)));
    if (tries === 100 || counts.every((count, at) => count === expected[at])) return counts;
    await sleep(100);
  }
}

async function counted(firestore: Firestore, pipeline: string): Promise<number> {
  const { docs } = await firestore.collection(`windows/${pipeline}/panes`).get();
  return docs.reduce((sum, pane) => sum + ((pane.get('count') as number | undefined) ?? 0), 0);
}
