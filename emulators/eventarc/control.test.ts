import { afterEach, expect, test } from 'vitest';
import type { EventarcTrigger, ScheduleTrigger } from '../../eventarc/wiring.ts';
import { after, onTopic, plainStep, startBench, stopAll, until } from './fixtures/harness.ts';

afterEach(stopAll);

const tick: ScheduleTrigger = {
  name: 'tick-every-minute',
  step: 'tick',
  kind: 'schedule',
  schedule: '* * * * *',
  timeZone: 'Etc/UTC',
};

const { topic: _, ...onAudit }: EventarcTrigger = onTopic('on-audit', '', {
  event: 'google.cloud.audit.log.v1.written',
  where: [{ attribute: 'serviceName', value: 'storage.googleapis.com', operator: 'exact' }],
});

const audit = {
  specversion: '1.0',
  id: 'a1',
  type: 'google.cloud.audit.log.v1.written',
  source: '//cloudaudit.googleapis.com/projects/p/logs/activity',
  servicename: 'storage.googleapis.com',
};

test('a schedule that is run reaches its step as a job’s event', async () => {
  const step = await plainStep();
  const { router } = await startBench([tick], () => step.url);
  const answer = await fetch(`http://127.0.0.1:${router.port}/schedule/${tick.name}/run`, { method: 'POST' });
  expect([answer.status, await answer.json()]).toEqual([202, { fired: true }]);
  await until(() => step.received.length === 1, 'the tick');
  const { headers, body } = step.received[0]!;
  const time = headers['ce-time'] as string;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'ce-type': 'google.cloud.scheduler.job.v1.executed',
    'ce-source': '//cloudscheduler.googleapis.com/projects/p/locations/local-1/jobs/tick-every-minute',
    'ce-id': `tick-every-minute-${time}`,
  });
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5_000);
  expect(JSON.parse(body.toString())).toEqual({});
});

test('firings do not pile up while the step is down or busy', async () => {
  const step = await plainStep(() => after(50).then(() => 204));
  let there = false;
  const { router } = await startBench([tick], () => (there ? step.url : undefined));
  const fired = [];
  for (let i = 0; i < 5; i++) fired.push(await router.scheduled(tick.name, new Date(i)));
  expect(fired).toEqual([true, false, false, false, false]);
  const together = await Promise.all([1, 2, 3].map(n => router.scheduled(tick.name, new Date(n))));
  expect(together).toEqual([false, false, false]);
  there = true;
  await until(() => step.received.length === 1, 'the tick');
  expect(await router.scheduled(tick.name, new Date())).toBe(false);
  await until(() => router.status().triggers[0]!.delivered === 1, 'its end');
  expect(await router.scheduled(tick.name, new Date())).toBe(true);
});

test('a firing that failed is not repeated, the next one takes its place', async () => {
  const step = await plainStep(() => 500);
  const { router } = await startBench([tick], () => step.url);
  await router.scheduled(tick.name, new Date(1));
  await until(() => router.status().triggers[0]!.failed === 1, 'the failure');
  expect(router.status().triggers[0]).toMatchObject({ ready: 0, inFlight: 0, delayed: 0 });
  expect(await router.scheduled(tick.name, new Date(2))).toBe(true);
  await until(() => step.received.length === 2, 'the next');
});

test('a schedule that does not exist is refused by name', async () => {
  const { router } = await startBench([tick], () => undefined);
  const answer = await fetch(`http://127.0.0.1:${router.port}/schedule/tock/run`, { method: 'POST' });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { error: "There is no schedule trigger 'tock'; there are: tick-every-minute" },
  ]);
});

test('an event can be sent in, structured or binary, and reaches the triggers that want it', async () => {
  const step = await plainStep();
  const { router } = await startBench([onAudit], () => step.url);
  const url = `http://127.0.0.1:${router.port}/events`;
  const structured = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ ...audit, resourcename: 'projects/ä', data: { insertId: 'x' } }),
  });
  expect([structured.status, await structured.json()]).toEqual([202, { triggers: ['on-audit'] }]);
  const headers = Object.entries({ ...audit, id: 'a2', resourcename: 'projects/%C3%A4' });
  const binary = await fetch(url, {
    method: 'POST',
    headers: {
      ...Object.fromEntries(headers.map(([k, v]) => [`ce-${k}`, v])),
      'content-type': 'application/json',
    },
    body: '{"insertId":"x"}',
  });
  expect([binary.status, await binary.json()]).toEqual([202, { triggers: ['on-audit'] }]);
  const other = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ ...audit, servicename: 'other' }),
  });
  expect(await other.json()).toEqual({ triggers: [] });
  expect(await router.idle(5)).toBe(true);
  expect(step.received.map(one => one.headers['ce-id']).sort()).toEqual(['a1', 'a2']);
  for (const { headers, body } of step.received) {
    expect(headers).toMatchObject({
      'ce-resourcename': 'projects/%C3%A4',
      'content-type': 'application/json',
    });
    expect(JSON.parse(body.toString())).toEqual({ insertId: 'x' });
  }
});

test.each([
  ['no JSON', 'nonsense', /JSON/],
  ['a list', '[]', /expected a JSON object/],
  ['no id', JSON.stringify({ ...audit, id: undefined }), /lacks id/],
  [
    'an event of Pub/Sub',
    JSON.stringify({ ...audit, type: 'google.cloud.pubsub.topic.v1.messagePublished' }),
    /publish/,
  ],
])('%s is refused with the reason', async (_what, body, reason) => {
  const { router } = await startBench([onAudit], () => undefined);
  const answer = await fetch(`http://127.0.0.1:${router.port}/events`, { method: 'POST', body });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toMatch(reason);
});

test('idle is answered when all is done, and with the status when that takes too long', async () => {
  const release = Promise.withResolvers<void>();
  const step = await plainStep(() => release.promise.then(() => 204));
  const { router, publish } = await startBench([onTopic('on-events', 'events'), tick], () => step.url);
  const base = `http://127.0.0.1:${router.port}`;
  await publish('events', 'one');
  await until(() => step.received.length === 1, 'the delivery');
  const busy = await fetch(`${base}/idle?timeout=0.05`);
  expect(busy.status).toBe(408);
  expect(await busy.json()).toMatchObject({
    idle: false,
    triggers: [
      { name: 'on-events', step: 'step', kind: 'eventarc', ready: 0, inFlight: 1, delayed: 0, delivered: 0 },
      { name: 'tick-every-minute', kind: 'schedule' },
    ],
  });
  const waiting = fetch(`${base}/idle?timeout=5`);
  release.resolve();
  expect((await waiting).status).toBe(200);
  expect(await (await fetch(`${base}/status`)).json()).toMatchObject({
    idle: true,
    triggers: [{ delivered: 1 }, {}],
  });
  expect((await fetch(`${base}/idle?timeout=soon`)).status).toBe(400);
});

test('a running schedule does not keep the router from being idle', async () => {
  const step = await plainStep(() => after(60_000).then(() => 204));
  const { router } = await startBench([tick], () => step.url);
  await router.scheduled(tick.name, new Date());
  await until(() => step.received.length === 1, 'the tick');
  expect(await router.idle(1)).toBe(true);
});

test('it says that it is healthy, and what it does not know', async () => {
  const { router } = await startBench([], () => undefined);
  expect((await fetch(`http://127.0.0.1:${router.port}/healthz`)).status).toBe(200);
  const unknown = await fetch(`http://127.0.0.1:${router.port}/nothing`);
  expect(unknown.status).toBe(404);
  expect(((await unknown.json()) as { error: string }).error).toContain('GET /status');
});
