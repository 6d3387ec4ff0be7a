import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { afterEach, expect, test, vi } from 'vitest';
import { stepOf } from '../functions/fixtures/steps.ts';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { createBroker } from '../pubsub/broker.ts';
import { startPubsub } from '../pubsub/server.ts';
import { after, onStop, onTopic, plainStep, startBench, stopAll } from './fixtures/harness.ts';

afterEach(stopAll);

const MOST = 200;
const RESOURCE_EXHAUSTED = 8;

/** A slow step behind a Pub/Sub of its own. */
async function flooded() {
  const step = await plainStep(() => after(1).then(() => 204));
  const broker = createBroker({ timeScale: 1000 });
  const steps = [stepOf('step', { concurrency: 20, instances: { min: 0, max: 1 } })];
  const { router } = await startBench([onTopic('on-events', 'events')], () => step.url, {
    ...{ broker, steps, mostWaiting: MOST },
  });
  const pubsub = await startPubsub({ broker, full: (topic, messages) => router.full(topic, messages) });
  onStop(() => pubsub.stop());
  vi.stubEnv('PUBSUB_EMULATOR_HOST', `127.0.0.1:${pubsub.port}`);
  return { step, broker, router, port: pubsub.port };
}

test('a publisher that floods the steps is held back, and every message that was accepted is delivered once', async () => {
  const { step, broker, router } = await flooded();
  const client = new PubSub({ projectId: 'p' });
  onStop(() => client.close());
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
  expect(await router.idle(30)).toBe(true);
  clearInterval(watch);
  expect(most).toBeGreaterThan(MOST / 2);
  // The request that reaches the limit is taken as a whole.
  expect(most).toBeLessThan(MOST + 50);
  expect(step.received.map(one => one.text()).sort()).toEqual(sent.sort());
});

/** A topic filled to its limit with nobody there to work it off, and requests that are tried once. */
async function filled() {
  const { step, router, port } = await flooded();
  await step.close();
  const client = new v1.PublisherClient({
    ...{ servicePath: '127.0.0.1', port, sslCreds: credentials.createInsecure() },
    projectId: 'p',
  });
  onStop(() => client.close());
  const publish = (messages: number, topic = 'events', cause?: string) =>
    client.publish(
      {
        topic: `projects/p/topics/${topic}`,
        messages: Array.from({ length: messages }, () => ({ data: Buffer.from('x') })),
      },
      {
        retry: { retryCodes: [] },
        ...(cause !== undefined && { otherArgs: { headers: { [CAUSE_HEADER]: cause } } }),
      },
    );
  await publish(MOST);
  // What is under way there waits for the step; a router that stops gives it back.
  onStop(() => router.stop());
  return publish;
}

const REFUSED = { code: RESOURCE_EXHAUSTED };

test('the answer to one publish too many says what waits where, and what helps', async () => {
  const publish = await filled();
  await expect(publish(50)).rejects.toMatchObject({
    ...REFUSED,
    details: expect.stringMatching(
      /^200 messages wait for the steps, 200 of them for on-events; .* many events/,
    ),
  });
});

test('small requests get in a while longer than large ones', async () => {
  const publish = await filled();
  for (let n = 0; n < MOST / 10; n++) await publish(1);
  await expect(publish(1)).rejects.toMatchObject(REFUSED);
});

test('a topic that no step reads is never full', async () => {
  const publish = await filled();
  await publish(50, 'other');
});

test('what a step makes of an event always gets through, or nothing would be worked off', async () => {
  const publish = await filled();
  await publish(50, 'events', 'enrich;1;1.1');
  // One that a request has woken brings something new.
  await expect(publish(50, 'events', 'publish')).rejects.toMatchObject(REFUSED);
});
