import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCATION, PROJECT } from '../emulators/suite-address.ts';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const MINUTE = 60_000;
/** More for a campaign: MILLRACE_JOINED=2000. */
const EVENTS = Number(process.env['MILLRACE_JOINED'] ?? 200);

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite({ pipelines: resolve(ROOT, 'test/joins') });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

interface Sent {
  readonly id: string;
  readonly source?: string;
  readonly data: Record<string, unknown>;
}

/** Publishes one event as a message, `copies` times at once. */
async function send(pipeline: string, { id, source = '/test', data }: Sent, copies = 1): Promise<void> {
  const event = { specversion: '1.0', id, source, type: 't', data };
  const message = {
    data: Buffer.from(JSON.stringify(event)),
    attributes: { 'content-type': 'application/cloudevents+json', pipeline },
  };
  const topic = millrace.pubsub.topic('events-raw');
  await Promise.all(Array.from({ length: copies }, () => topic.publishMessage(message)));
}

const order = (id: string, minute: number, price: number): Sent => ({
  id: `order-${id}`,
  data: { at: START + minute * MINUTE, order: id, price },
});
const payment = (id: string, minute: number): Sent => ({
  id: `payment-${id}-${minute}`,
  data: { at: START + minute * MINUTE, order: id, provider: 'p' },
});

/** The hours' counts and sums by key, over all panes. */
async function counted(pipeline: string): Promise<Record<string, { count: number; sum: number }>> {
  const keys: Record<string, { count: number; sum: number }> = {};
  for (const pane of (await millrace.panes(pipeline)).values()) {
    for (const [key, { count, price }] of Object.entries(pane)) {
      const { sum } = price as { sum: number };
      keys[key] = { count: (keys[key]?.count ?? 0) + count, sum: (keys[key]?.sum ?? 0) + sum };
    }
  }
  return keys;
}

async function until<T>(look: () => Promise<T>, enough: (found: T) => boolean, ms: number): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (enough(found) || Date.now() > end) return found;
    await new Promise(done => setTimeout(done, 100));
  }
}

describe('an interval join', () => {
  it('pairs what is close in time, in whatever order and however often it comes, and tells of the rest once', async () => {
    // Payments come first, an order comes five times at once, and nothing is in the order of time.
    await send('payments', payment('early', 0));
    await send('payments', payment('twice', 3), 2);
    await send('orders', order('late', 0, 8));
    await send('payments', payment('too-late', 11));
    await send('orders', order('twice', 2, 5), 5);
    await send('payments', payment('twice', 12));
    await send('orders', order('early', 1, 3));
    await send('orders', order('too-late', 0, 2));
    await send('orders', order('never', 5, 7));
    await send('payments', payment('late', 10));
    const found = () => counted('paid-orders');
    const paired = await until(
      found,
      keys => Object.keys(keys).length >= 3 && keys['twice']?.count === 2,
      20_000,
    );
    expect(paired).toEqual({
      early: { count: 1, sum: 3 },
      twice: { count: 2, sum: 10 },
      late: { count: 1, sum: 8 },
    });
    // The watermark of both sides passes the interval and the lateness of all.
    await send('orders', order('end', 40, 0));
    await send('payments', payment('end', 40));
    const all = await until(found, keys => Object.keys(keys).length >= 6, 20_000);
    expect(all).toEqual({
      ...paired,
      'too-late': { count: 1, sum: 2 },
      never: { count: 1, sum: 7 },
      end: { count: 1, sum: 0 },
    });
    // What comes now is late, and says so.
    await send('orders', { ...order('never', 4, 100), id: 'order-never-2' });
    await millrace.suite.eventarc.idle();
    const { docs } = await until(
      () => millrace.firestore.collection('deadLetters').where('step', '==', 'join').get(),
      ({ size }) => size > 0,
      10_000,
    );
    expect(docs.map(letter => letter.get('reason'))).toEqual([
      expect.stringMatching(
        /^Late for paid-orders: it is of 2026-03-01T12:04:00.000Z, more than 60 s behind/,
      ),
    ]);
    expect(await found()).toEqual(all);
  });

  it('pairs all of it once while deliveries are doubled, reordered, lost and refused, and the steps die', {
    timeout: 300_000,
  }, async () => {
    const { suite, pubsub } = millrace;
    const faults = {
      ...{ duplicate: 30, reorder: { percent: 30, messages: 5 }, dropAck: 20, answer: { 500: 10 } },
    };
    const plan = { seed: 7, attempts: 2, triggers: { 'join-on-events': faults, 'enrich-on-raw': faults } };
    const url = `http://127.0.0.1:${suite.eventarc.port}/faults`;
    expect((await fetch(url, { method: 'PUT', body: JSON.stringify(plan) })).status).toBe(200);
    const keys = Array.from({ length: 12 }, (_, at) => `f${at}`);
    const all = Array.from({ length: EVENTS }, (_, at) => {
      const key = keys[(at * 7) % keys.length]!;
      const minute = 60 + ((at * 37) % 120);
      return { at, key, minute, left: at % 2 === 0 };
    });
    const events = all.map(({ at, key, minute, left }) => ({
      ...{
        specversion: '1.0',
        id: `f${at}`,
        source: '/faulty',
        type: 't',
        pipeline: left ? 'orders' : 'payments',
      },
      data: (left ? order(key, minute, at) : payment(key, minute)).data,
    }));
    for (const pipeline of ['orders', 'payments']) {
      const mine = events.filter(event => event.pipeline === pipeline);
      for (let from = 0; from < mine.length; from += 10) {
        await pubsub.topic('events-raw').publishMessage({
          json: mine.slice(from, from + 10),
          attributes: { 'content-type': 'application/cloudevents-batch+json', pipeline },
        });
        // In the midst of whatever has come so far; a start takes a second, so not too often.
        if (from % 1000 === 50) suite.functions.kill('join');
      }
    }
    const expected: Record<string, { count: number; sum: number }> = {};
    for (const left of all.filter(one => one.left)) {
      for (const right of all) {
        if (right.left || right.key !== left.key) continue;
        if (right.minute < left.minute - 1 || right.minute > left.minute + 10) continue;
        const { count, sum } = expected[left.key] ?? { count: 0, sum: 0 };
        expected[left.key] = { count: count + 1, sum: sum + left.at };
      }
    }
    const found = async () =>
      Object.fromEntries(Object.entries(await counted('slow-pairs')).filter(([key]) => key.startsWith('f')));
    await until(found, is => isDeepStrictEqual(is, expected), 240_000);
    await suite.eventarc.idle();
    expect(await found()).toEqual(expected);
    const { counts } = (await (await fetch(url)).json()) as { counts: Record<string, object> };
    await fetch(url, { method: 'DELETE' });
    expect(Object.keys(counts['join-on-events']!)).toEqual(
      expect.arrayContaining(['duplicate', 'reorder', 'dropAck', 'answer500']),
    );
  });
});

describe('a silence', () => {
  it('opens an alert once, and closes it when the key speaks again', async () => {
    const beat = (id: string): Promise<void> =>
      send('beats', { id, data: { at: Date.now(), device: 'd' } }, 2);
    await beat('1');
    const find = async () =>
      (await millrace.firestore.collection('alerts').where('key', '==', 'd').get()).docs;
    const [opened] = await until(find, docs => docs.length > 0, 15_000);
    const told = Date.now();
    expect(opened!.data()).toMatchObject({ rule: 'offline', state: 'open', severity: 'critical' });
    const due = opened!.get('openedAt').toMillis() as number;
    expect(told - due).toBeLessThan(2000);
    expect(opened!.get('title')).toBe(`d has been silent since ${new Date(due - 2000).toISOString()}`);
    await beat('2');
    const [closed] = await until(find, docs => docs[0]!.get('state') === 'closed', 15_000);
    expect(closed!.get('closedAt').toMillis()).toBeGreaterThanOrEqual(told - 1000);
    // And again: another alert.
    const both = await until(find, docs => docs.length === 2, 15_000);
    expect(both.map(alert => alert.get('state')).sort()).toEqual(['closed', 'open']);
  });

  it('opens its alert by the schedule where no timer can be set', async () => {
    const port = Number(millrace.suite.environment['CLOUD_TASKS_EMULATOR_HOST']!.split(':').at(-1));
    const client = new CloudTasksClient({
      ...{ projectId: PROJECT, apiEndpoint: '127.0.0.1', port, sslCreds: credentials.createInsecure() },
    });
    await client.deleteQueue({ name: client.queuePath(PROJECT, LOCATION, 'silence-timers') });
    await client.close();
    await send('beats', { id: 'e1', data: { at: Date.now(), device: 'e' } });
    const find = async () =>
      (await millrace.firestore.collection('alerts').where('key', '==', 'e').get()).docs;
    expect(await until(find, docs => docs.length > 0, 15_000)).toHaveLength(1);
    expect(millrace.log.map(({ message }) => message)).toContain(
      'Timers fire by the schedule alone: none could be set',
    );
  });
});
