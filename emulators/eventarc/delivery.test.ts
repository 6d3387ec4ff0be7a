import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { stepOf } from '../functions/fixtures/steps.ts';
import { createBroker } from '../pubsub/broker.ts';
import {
  after,
  onDeadLetters,
  onTopic,
  plainStep,
  startBench,
  stopAll,
  together,
  until,
} from './fixtures/harness.ts';

afterEach(stopAll);

test('a failing event is retried until its attempts are spent, then it is a dead letter that says where from', async () => {
  const step = await plainStep(() => 500);
  const dead = await plainStep();
  const { router, lines, publish } = await startBench(
    [onTopic('on-events', 'events'), onDeadLetters()],
    name => (name === 'dead' ? dead.url : step.url),
  );
  const id = await publish('events', 'poison', { pipeline: 'quakes' });
  expect(await router.idle(5)).toBe(true);
  expect(step.received.map(one => [one.text(), one.headers['ce-id']])).toEqual(Array(5).fill(['poison', id]));
  expect(dead.received.length).toBe(1);
  expect(dead.received[0]!.text()).toBe('poison');
  expect(JSON.parse(dead.received[0]!.body.toString()).message.attributes).toMatchObject({
    pipeline: 'quakes',
    CloudPubSubDeadLetterSourceSubscription: 'eventarc-local-1-on-events-sub-000',
    CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
    'millrace-error': 'HTTP 500: refused by the step',
  });
  expect(router.status().triggers[0]).toMatchObject({
    delivered: 0,
    failed: 5,
    deadLettered: 1,
    lastError: 'HTTP 500: refused by the step',
  });
  expect(lines.filter(line => line.severity === 'WARNING').length).toBe(4);
  expect(lines.filter(line => line.severity === 'ERROR').map(line => line.message)).toEqual([
    `Event ${id} of on-events failed (attempt 5); it goes to the dead letters: HTTP 500: refused by the step`,
  ]);
});

test('an event that has no room for the reason is a dead letter without it', async () => {
  const step = await plainStep(() => 500);
  const dead = await plainStep();
  const { router, publish } = await startBench([onTopic('on-events', 'events'), onDeadLetters()], name =>
    name === 'dead' ? dead.url : step.url,
  );
  const full = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, 'x']));
  await publish('events', 'poison', full);
  expect(await router.idle(5)).toBe(true);
  expect(dead.received.map(one => one.text())).toEqual(['poison']);
  expect(JSON.parse(dead.received[0]!.body.toString()).message.attributes).toMatchObject(full);
});

test('the pause between attempts grows from the least backoff', async () => {
  const times: number[] = [];
  const step = await plainStep(() => {
    times.push(performance.now());
    return 503;
  });
  const retry = { attempts: 5, minimumBackoff: 10, maximumBackoff: 600, deadLetterTopic: 'dead-letters' };
  const { router, publish } = await startBench([onTopic('on-events', 'events', { retry })], () => step.url, {
    timeScale: 500,
  });
  await publish('events', 'poison');
  expect(await router.idle(5)).toBe(true);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  expect(pauses.length).toBe(4);
  for (const [i, least] of [20, 40, 80, 160].entries()) expect(pauses[i]).toBeGreaterThan(least * 0.7);
});

test.each([200, 201, 202, 204])('the answer %i acknowledges', async status => {
  const step = await plainStep(() => status);
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url);
  await publish('events', 'fine');
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(1);
});

test.each([206, 302, 400, 404, 429, 503])('the answer %i is a failure', async status => {
  const step = await plainStep((_, nth) => (nth === 1 ? status : 204));
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url);
  await publish('events', 'again');
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(2);
});

test('a step that does not answer in its time has failed', async () => {
  const step = await plainStep((_, nth) => (nth === 1 ? after(60_000).then(() => 204) : 204));
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => step.url, {
    steps: [stepOf('step', { timeout: 0.1 })],
  });
  await publish('events', 'slow');
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(2);
  expect(router.status().triggers[0]).toMatchObject({ failed: 1, lastError: 'no answer within 0.1 s' });
});

test.each([
  ['nowhere yet', () => undefined, { ready: 3, inFlight: 0 }],
  ['refusing connections', () => new URL('http://127.0.0.1:1/step'), { ready: 0, inFlight: 3 }],
])('while the step is %s its events wait without spending attempts', async (_, absent, where) => {
  const step = await plainStep();
  let there = false;
  const { router, broker, publish } = await startBench([onTopic('on-events', 'events')], () =>
    there ? step.url : absent(),
  );
  for (const text of ['a', 'b', 'c']) await publish('events', text);
  await after(300);
  await vi.waitFor(() =>
    expect(router.status().triggers[0]).toMatchObject({
      ...where,
      failed: 0,
      delayed: 0,
      lastError: 'the step is not running',
    }),
  );
  expect(await router.idle(0)).toBe(false);
  there = true;
  expect(await router.idle(5)).toBe(true);
  expect(step.received.map(one => one.text()).sort()).toEqual(['a', 'b', 'c']);
  expect(router.status().triggers[0]).not.toHaveProperty('lastError');
  expect(broker.stats('projects/p/subscriptions/eventarc-local-1-on-events-sub-000').oldest).toBeUndefined();
});

test('as many requests as the step may have are in flight, and never more', async () => {
  const step = await plainStep(together(6));
  const { router, publish } = await startBench(
    [onTopic('one', 'events'), onTopic('two', 'other')],
    () => step.url,
    { steps: [stepOf('step', { concurrency: 3, instances: { min: 0, max: 2 } })] },
  );
  await Promise.all(Array.from({ length: 60 }, (_, i) => publish(i % 2 ? 'events' : 'other', `${i}`)));
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(60);
  expect(step.most()).toBe(6);
});

test('no step gets more than 128 requests at once', async () => {
  const step = await plainStep(together(128));
  const { router, publish } = await startBench([onTopic('one', 'events')], () => step.url, {
    steps: [stepOf('step', { concurrency: 80, instances: { min: 0, max: 100 } })],
  });
  await Promise.all(Array.from({ length: 200 }, (_, i) => publish('events', `${i}`)));
  expect(await router.idle(5)).toBe(true);
  expect(step.most()).toBe(128);
});

test.each(['of its own', 'of the same step'])('a slow trigger does not delay another %s', async whose => {
  const slow = await plainStep(one => (one.text().startsWith('slow') ? after(60_000).then(() => 204) : 204));
  const other = whose === 'of its own' ? 'quick' : 'step';
  const { publish } = await startBench(
    [onTopic('slow', 'events'), onTopic('quick', 'other', { step: other })],
    () => slow.url,
    { steps: [stepOf('step', { concurrency: 4, instances: { min: 0, max: 1 }, timeout: 60 })] },
  );
  for (let i = 0; i < 20; i++) await publish('events', `slow ${i}`);
  await until(() => slow.received.length >= 3, 'the flood');
  await publish('other', 'quick');
  await until(() => slow.received.some(one => one.text() === 'quick'), 'the quick one');
});

test('triggers that share fewer slots than there are of them all get through', async () => {
  const step = await plainStep(together(2));
  const triggers = Array.from({ length: 5 }, (_, i) => onTopic(`t${i}`, i % 2 ? 'events' : 'other'));
  const { router, publish } = await startBench(triggers, () => step.url, {
    steps: [stepOf('step', { concurrency: 2, instances: { min: 0, max: 1 } })],
  });
  for (let i = 0; i < 20; i++) await Promise.all([publish('events', `${i}`), publish('other', `${i}`)]);
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(100);
  expect(step.most()).toBe(2);
});

test('fresh events pass while a failing one waits for its retry', async () => {
  const step = await plainStep(one => (one.text() === 'poison' ? 500 : 204));
  const { publish } = await startBench([onTopic('on-events', 'events')], () => step.url, {
    steps: [stepOf('step', { concurrency: 1, instances: { min: 0, max: 1 } })],
    timeScale: 10,
  });
  await publish('events', 'poison');
  await until(() => step.received.length === 1, 'the failure');
  for (let i = 0; i < 10; i++) await publish('events', 'fresh');
  await until(() => step.received.length >= 11, 'the fresh ones');
  expect(step.received.slice(1, 11).map(one => one.text())).toEqual(Array(10).fill('fresh'));
});

test('what a broken connection interrupted is delivered again', async () => {
  const step = await plainStep(() => after(60_000).then(() => 204));
  let url = step.url;
  const { router, publish } = await startBench([onTopic('on-events', 'events')], () => url);
  for (const text of ['a', 'b']) await publish('events', text);
  await until(() => step.received.length === 2, 'the first delivery');
  const next = await plainStep();
  url = next.url;
  await step.close();
  expect(await router.idle(5)).toBe(true);
  expect(next.received.map(one => one.text()).sort()).toEqual(['a', 'b']);
});

test('stopping breaks off what is in flight, and spends no attempt on it', async () => {
  const step = await plainStep(() => after(60_000).then(() => 204));
  const { router, broker, lines, publish } = await startBench(
    [onTopic('on-events', 'events')],
    () => step.url,
  );
  await publish('events', 'under way');
  await until(() => step.received.length === 1, 'the delivery');
  await router.stop();
  const [subscription] = broker.subscriptions;
  expect(broker.stats(subscription!.name)).toMatchObject({ ready: 0, leased: 1, delayed: 0 });
  expect(router.status().triggers[0]).toMatchObject({ failed: 0 });
  expect(lines).toEqual([]);
});

test('an event that is too large goes to the dead letters with the reason, without the data nobody could deliver', async () => {
  const step = await plainStep();
  const dead = await plainStep();
  const { router, lines, publish } = await startBench(
    [onTopic('on-events', 'events'), onDeadLetters()],
    name => (name === 'dead' ? dead.url : step.url),
  );
  await publish('events', 'x'.repeat(600_000), { batchid: 'b1' });
  await publish('dead-letters', 'y'.repeat(600_000), { batchid: 'b2' });
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(0);
  const messages = dead.received.map(one => JSON.parse(one.body.toString()).message);
  expect(messages.map(message => message.data)).toEqual([undefined, undefined]);
  expect(messages.find(message => message.attributes.batchid === 'b1').attributes).toMatchObject({
    CloudPubSubDeadLetterSourceSubscription: 'eventarc-local-1-on-events-sub-000',
    'millrace-error': expect.stringMatching(
      /^the event has 800\d{3} bytes, Eventarc delivers at most 524288$/,
    ),
  });
  expect(messages.find(message => message.attributes.batchid === 'b2').attributes).toHaveProperty(
    'millrace-error',
  );
  expect(lines.filter(line => line.severity === 'ERROR').length).toBe(2);
});

test('after idle nothing more arrives, whatever the steps publish and however often they fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          hops: fc.integer({ min: 0, max: 4 }),
          failures: fc.integer({ min: 0, max: 3 }),
          ms: fc.nat(8),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      async plans => {
        const failed = new Map<string, number>();
        const step = await plainStep(async one => {
          const [plan = 0, hop = 0] = one.text().split(':').map(Number);
          const { hops, failures, ms } = plans[plan]!;
          await after(ms);
          const before = failed.get(one.text()) ?? 0;
          failed.set(one.text(), before + 1);
          if (before < failures) return 500;
          if (hop < hops) await bench.publish(hop % 2 ? 'events' : 'other', `${plan}:${hop + 1}`);
          return 204;
        });
        const bench = await startBench([onTopic('one', 'events'), onTopic('two', 'other')], () => step.url);
        await Promise.all(plans.map((_, i) => bench.publish('events', `${i}:0`)));
        expect(await bench.router.idle(10)).toBe(true);
        const expected = plans.reduce((sum, { hops, failures }) => sum + (hops + 1) * (failures + 1), 0);
        expect(step.received.length).toBe(expected);
        await stopAll();
      },
    ),
    { numRuns: 8 },
  );
});

test('a router that starts again goes on with what waited, under the retry policy of now', async () => {
  const broker = createBroker({ timeScale: 1000 });
  const first = await startBench(
    [onTopic('on-events', 'events'), onTopic('gone', 'other')],
    () => undefined,
    { broker },
  );
  await first.publish('events', 'kept');
  await first.publish('other', 'lost');
  await first.router.stop();
  const step = await plainStep();
  const retry = { attempts: 7, minimumBackoff: 20, maximumBackoff: 30, deadLetterTopic: 'dead-letters' };
  const second = await startBench([onTopic('on-events', 'events', { retry })], () => step.url, { broker });
  expect(await second.router.idle(5)).toBe(true);
  expect(step.received.map(one => one.text())).toEqual(['kept']);
  expect(broker.subscriptions.map(({ name, retryPolicy }) => [name, retryPolicy])).toEqual([
    [
      'projects/p/subscriptions/eventarc-local-1-on-events-sub-000',
      { minimumBackoff: 20, maximumBackoff: 30 },
    ],
  ]);
  expect(second.lines.map(line => line.message)).toEqual([
    'projects/p/subscriptions/eventarc-local-1-gone-sub-000 belongs to no trigger any more: 1 events go with it',
  ]);
});
