import { PubSub } from '@google-cloud/pubsub';
import { afterEach, expect, test, vi } from 'vitest';
import { stepOf } from '../functions/fixtures/steps.ts';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { createBroker } from '../pubsub/broker.ts';
import { startPubsub } from '../pubsub/server.ts';
import { after, onStop, onTopic, plainStep, startBench, stopAll } from './fixtures/harness.ts';

vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
afterEach(stopAll);

const MOST = 200;
const RESOURCE_EXHAUSTED = 8;

/** A slow step behind a Pub/Sub of its own, and the official client. */
async function flooded() {
  const step = await plainStep(() => after(1).then(() => 204));
  const broker = createBroker({ timeScale: 1000 });
  const steps = [stepOf('step', { concurrency: 20, instances: { min: 0, max: 1 } })];
  const { router } = await startBench([onTopic('on-events', 'events')], () => step.url, {
    ...{ broker, steps, mostWaiting: MOST },
  });
  const pubsub = await startPubsub({ broker, full: topic => router.full(topic) });
  onStop(() => pubsub.stop());
  vi.stubEnv('PUBSUB_EMULATOR_HOST', `127.0.0.1:${pubsub.port}`);
  const client = new PubSub({ projectId: 'p' });
  onStop(() => client.close());
  return { step, broker, router, client };
}

/** Tried once, where the client would try again by itself. */
const ONCE = { batching: { maxMessages: 1 }, gaxOpts: { retry: { retryCodes: [] } } };

test('a publisher that floods the steps is held back, and every message that was accepted is delivered once', async () => {
  const { step, broker, router, client } = await flooded();
  // As patient as the client is by itself, but in shorter steps.
  const backoffSettings = {
    ...{ initialRetryDelayMillis: 5, retryDelayMultiplier: 1.5, maxRetryDelayMillis: 50 },
    ...{ initialRpcTimeoutMillis: 5000, rpcTimeoutMultiplier: 1, maxRpcTimeoutMillis: 5000 },
    totalTimeoutMillis: 20_000,
  };
  const topic = client.topic('events', {
    batching: { maxMessages: 50, maxMilliseconds: 1 },
    gaxOpts: { retry: { retryCodes: [RESOURCE_EXHAUSTED], backoffSettings } },
  });
  let most = 0;
  const watch = setInterval(() => {
    const { ready, leased, delayed } = broker.stats(
      'projects/p/subscriptions/eventarc-local-1-on-events-sub-000',
    );
    most = Math.max(most, ready + leased + delayed);
  }, 1);
  const sent = Array.from({ length: 1000 }, (_, n) => `m${n}`);
  await Promise.all(sent.map(text => topic.publishMessage({ data: Buffer.from(text) })));
  expect(await router.idle(10)).toBe(true);
  clearInterval(watch);
  expect(most).toBeGreaterThan(MOST / 2);
  // The request that reaches the limit is taken as a whole.
  expect(most).toBeLessThan(MOST + 50);
  expect(step.received.map(one => one.text()).sort()).toEqual(sent.sort());
});

test('the answer to one publish too many says what waits where, and what helps', async () => {
  const { step, router, client } = await flooded();
  step.close();
  const topic = client.topic('events', { batching: { maxMessages: MOST } });
  await Promise.all(Array.from({ length: MOST }, () => topic.publishMessage({ data: Buffer.from('x') })));
  const refused = client.topic('events', ONCE).publishMessage({ data: Buffer.from('one more') });
  await expect(refused).rejects.toMatchObject({
    code: RESOURCE_EXHAUSTED,
    details: expect.stringMatching(
      /^200 messages wait for the steps, 200 of them for on-events; .* many events/,
    ),
  });
  await client.topic('projects/p/topics/other', ONCE).publishMessage({ data: Buffer.from('nobody waits') });
  await router.stop();
});

test('what a step makes of an event always gets through, or nothing would be worked off', async () => {
  const { step, router, client } = await flooded();
  step.close();
  const topic = client.topic('events', { batching: { maxMessages: MOST } });
  await Promise.all(Array.from({ length: MOST }, () => topic.publishMessage({ data: Buffer.from('x') })));
  const from = (cause: string) => {
    const retry = { ...ONCE.gaxOpts, otherArgs: { headers: { [CAUSE_HEADER]: cause } } };
    return client.topic('events', { ...ONCE, gaxOpts: retry }).publishMessage({ data: Buffer.from('y') });
  };
  await from('enrich;1;1.1');
  await expect(from('publish')).rejects.toMatchObject({ code: RESOURCE_EXHAUSTED });
  await router.stop();
});
