import { afterEach, expect, test } from 'vitest';
import { after, onTopic, plainStep, startBench, stopAll, until } from '../eventarc/fixtures/harness.ts';
import { totalOf } from './faults.ts';
import type { TriggerFaults } from './plan.ts';

afterEach(stopAll);

const MESSAGES = Array.from({ length: 20 }, (_, n) => `m${n}`);

/** Twenty messages through one trigger that suffers these faults at its first deliveries. */
async function run(all: TriggerFaults, { attempts = 1, messages = MESSAGES } = {}) {
  const killed: string[] = [];
  const atKill: number[] = [];
  const step = await plainStep();
  const bench = await startBench([onTopic('on-events', 'events')], () => step.url, {
    kill: name => {
      killed.push(name);
      atKill.push(step.received.length);
    },
  });
  bench.router.faults.set({ seed: 1, attempts, triggers: { all } });
  for (const message of messages) await bench.publish('events', message);
  expect(await bench.router.idle(8)).toBe(true);
  const texts = step.received.map(one => one.text());
  const [status] = bench.router.status().triggers;
  return { ...bench, texts, killed, atKill, status: status! };
}

const times = (count: number): string[] => MESSAGES.flatMap(text => Array<string>(count).fill(text)).sort();

test('a duplicated message reaches the step twice and is acknowledged once', async () => {
  const { texts, status, router } = await run({ duplicate: 100 });
  expect(texts.sort()).toEqual(times(2));
  expect(status).toMatchObject({ delivered: 20, failed: 0 });
  expect(router.faults.counts).toEqual({ 'on-events': { duplicate: 20 } });
});

test('duplicates come at the same time or one after the other', async () => {
  const step = await plainStep(() => after(5).then(() => 204));
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url);
  router.faults.set({ seed: 1, attempts: 1, triggers: { all: { duplicate: 100 } } });
  const overlaps: boolean[] = [];
  for (const message of MESSAGES.slice(0, 10)) {
    const before = step.overlaps();
    await publish('events', message);
    await until(() => router.status().triggers[0]!.delivered > overlaps.length, 'the delivery');
    overlaps.push(step.overlaps() > before);
  }
  expect(step.received).toHaveLength(20);
  expect(new Set(overlaps)).toEqual(new Set([true, false]));
});

test.each(['dropAck', 'killAfter'] as const)(
  'after %s the message comes again though the step has answered',
  async fault => {
    const { texts, status, killed } = await run({ [fault]: 100 }, { attempts: 2 });
    expect(texts.sort()).toEqual(times(3));
    expect(status).toMatchObject({ delivered: 20, failed: 40, deadLettered: 0 });
    expect(killed).toEqual(fault === 'killAfter' ? Array(40).fill('step') : []);
  },
);

test.each([
  ['killBefore', { killBefore: 100 }, 'fault on demand: the step was killed before the event'],
  ['an answer 500', { answer: { 500: 100 } }, 'fault on demand: HTTP 500'],
  ['an answer 429', { answer: { 429: 100 } }, 'fault on demand: HTTP 429'],
])('with %s the step does not see the message until the next attempt', async (_, faults, lastError) => {
  const { texts, status, killed } = await run(faults);
  expect(texts.sort()).toEqual(times(1));
  expect(status).toMatchObject({ delivered: 20, failed: 20, lastError });
  expect(killed).toHaveLength('killBefore' in faults ? 20 : 0);
});

test('a message that is delayed arrives later, others do not wait for it', async () => {
  const began = performance.now();
  const { texts } = await run({ delay: { percent: 50, min: 200, max: 220 } });
  expect(performance.now() - began).toBeGreaterThan(200);
  expect(texts).not.toEqual(MESSAGES);
  expect(texts.slice().sort()).toEqual(MESSAGES.slice().sort());
});

test('reordered messages are overtaken by no more than was asked for', async () => {
  const step = await plainStep();
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url);
  router.faults.set({ seed: 3, attempts: 1, triggers: { all: { reorder: { percent: 50, messages: 3 } } } });
  for (const message of MESSAGES) {
    await publish('events', message);
    await after(2);
  }
  expect(await router.idle(8)).toBe(true);
  const order = step.received.map(one => MESSAGES.indexOf(one.text()));
  expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  for (const [at, message] of order.entries()) {
    const ahead = order.slice(0, at).filter(other => other > message).length;
    // Two that are freed by the same message may swap as well.
    expect(ahead).toBeLessThanOrEqual(6);
  }
});

test('a plan that ends lets go what it held back, and so does a stop', async () => {
  const step = await plainStep();
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url);
  const slow = { seed: 1, attempts: 1, triggers: { all: { delay: { percent: 100, min: 9000, max: 9000 } } } };
  router.faults.set(slow);
  await publish('events', 'held');
  await until(() => router.faults.counts['on-events']?.delay === 1, 'the delay');
  expect(step.received).toHaveLength(0);
  router.faults.set(undefined);
  await until(() => step.received.length === 1, 'the delivery');
  router.faults.set(slow);
  await publish('events', 'held');
  await until(() => router.faults.counts['on-events']?.delay === 1, 'the delay');
  const began = performance.now();
  await router.stop();
  expect(performance.now() - began).toBeLessThan(2000);
});

test('the control port takes, tells and ends a plan, and refuses one with its mend', async () => {
  const { router } = await startBench([onTopic('on-events', 'events')], () => undefined);
  const call = async (method: string, body?: string) => {
    const url = `http://127.0.0.1:${router.port}/faults`;
    const answer = await fetch(url, { method, ...(body !== undefined && { body }) });
    return [answer.status, await answer.json()];
  };
  expect(await call('GET')).toEqual([200, { plan: null, counts: {} }]);
  const plan = { seed: 5, attempts: 2, triggers: { 'on-events': { dropAck: 10 } } };
  const text = 'seed: 5\ntriggers: { on-events: { dropAck: 10 } }';
  expect(await call('PUT', text)).toEqual([200, { plan, counts: {} }]);
  expect(await call('PUT', 'triggers: { on-event: {} }')).toEqual([
    400,
    { error: 'faults:1:13: there is no trigger "on-event". Mend: did you mean on-events?' },
  ]);
  expect(await call('GET')).toEqual([200, { plan, counts: {} }]);
  expect(await call('DELETE')).toEqual([200, { plan: null, counts: {} }]);
});

test('the same seed does the same to the n-th message in another run, whatever its id', async () => {
  const faults = { duplicate: 30, dropAck: 30, answer: { 500: 20 } };
  const [one, two] = [await run(faults, { attempts: 2 }), await run(faults, { attempts: 2 })];
  expect(one.router.faults.counts).toEqual(two.router.faults.counts);
  expect(one.texts.sort()).toEqual(two.texts.sort());
});

test('the counts of all triggers add up', () => {
  expect(totalOf({ one: { delay: 1, dropAck: 2 }, two: { delay: 3 } })).toMatchObject({
    delay: 4,
    dropAck: 2,
    duplicate: 0,
  });
});
