import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { afterEach, expect, test } from 'vitest';
import type { EventarcTrigger, WorkerTrigger } from '../../eventarc/wiring.ts';
import { startFirestore } from '../firestore/server.ts';
import { stepOf } from '../functions/fixtures/steps.ts';
import { startFunctions } from '../functions/functions.ts';
import { Meter } from '../meter/meter.ts';
import { createBroker } from '../pubsub/broker.ts';
import type { Receivers } from '../pubsub/receivers.ts';
import { startPubsub } from '../pubsub/server.ts';
import { onStop, onTopic, startBench, stopAll, until } from './fixtures/harness.ts';
import type { EventarcEmulator } from './router.ts';

afterEach(stopAll);

const ROOT = fileURLToPath(new URL('../functions/fixtures', import.meta.url));
const { topic: _, ...settings } = onTopic('on-document', '', { step: 'loops' });
const ON_DOCUMENT: EventarcTrigger = {
  ...settings,
  event: 'google.cloud.firestore.document.v1.written',
  where: [{ attribute: 'document', value: 'loops/{id}', operator: 'match-path-pattern' }],
};
const ON_OTHER = onTopic('on-other', 'other', { step: 'loops' });
const PULLED: WorkerTrigger = {
  name: 'on-other',
  step: 'loops',
  kind: 'worker',
  by: 'streaming-pull',
  topic: 'other',
  ordered: false,
  retry: ON_OTHER.retry,
};

/** Pub/Sub, Firestore, the step `loops` on the framework and a router: what it takes for a step to wake itself. */
async function start(trigger: EventarcTrigger | WorkerTrigger, mostLaps?: number) {
  const meter = new Meter();
  const broker = createBroker({ meter, timeScale: 1000 });
  let router: EventarcEmulator | undefined;
  const receivers: Receivers = {
    enter: (subscription, delivery) => router?.receivers.enter(subscription, delivery),
    isStopped: subscription => router?.receivers.isStopped(subscription) === true,
  };
  const [pubsub, firestore] = await Promise.all([
    startPubsub({ broker, receivers }),
    startFirestore({ meter }),
  ]);
  const steps = [stepOf('loops')];
  const functions = await startFunctions({
    root: ROOT,
    wiring: { steps, triggers: [trigger] },
    environment: {
      GOOGLE_CLOUD_PROJECT: 'p',
      PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
    },
    log: ({ message }) => console.error(message),
  });
  const client = new Firestore({ projectId: 'p', host: `127.0.0.1:${firestore.port}`, ssl: false });
  for (const one of [pubsub, firestore, functions]) onStop(() => one.stop());
  onStop(() => client.terminate());
  const bench = await startBench([trigger], functions.endpoint, {
    steps,
    broker,
    ...(mostLaps && { mostLaps }),
  });
  router = bench.router;
  firestore.onChange(changes => bench.router.documentsChanged(changes));
  await functions.ready();
  const laps = async (path: string) => (await client.doc(path).get()).get('laps') as number;
  return { ...bench, meter, client, laps };
}

test('a step that changes the document that wakes it is stopped and named; its event waits, and goes on when asked', async () => {
  const { router, client, lines, laps } = await start(ON_DOCUMENT, 20);
  await client.doc('loops/one').set({ laps: 0 });
  await until(() => router.status().stopped.length > 0, 'the stop');
  expect(await router.idle(5)).toBe(true);
  expect(await laps('loops/one')).toBe(20);
  expect(router.status()).toMatchObject({
    stopped: [{ trigger: 'on-document', step: 'loops', loop: ['on-document'], laps: 21 }],
    triggers: [
      {
        delivered: 20,
        failed: 0,
        deadLettered: 0,
        inFlight: 1,
        lastError: expect.stringContaining('millrace resume'),
      },
    ],
  });
  expect(lines.filter(({ severity }) => severity === 'ERROR').map(({ message }) => message)).toEqual([
    'The step loops wakes itself without end: on-document → on-document, 21 times after one event. Its trigger ' +
      'on-document is stopped and its events wait. If this was meant, let it go on with millrace resume on-document.',
  ]);

  const answer = await fetch(`http://127.0.0.1:${router.port}/triggers/on-document/resume`, {
    method: 'POST',
  });
  expect(answer.status).toBe(200);
  await until(() => router.status().stopped.length > 0, 'the second stop');
  await router.idle(5);
  expect(await laps('loops/one')).toBe(200);
});

test('a step that publishes to its own topic is stopped as well; what it asks for is on its account', async () => {
  const { router, publish, laps, meter } = await start(ON_OTHER, 50);
  await publish('other', '1000000');
  await until(() => router.status().stopped.length > 0, 'the stop');
  await router.idle(5);
  expect(await laps('laps/one')).toBe(50);
  expect(meter.counts['loops']).toMatchObject({
    'firestore.writes': 50,
    'pubsub.publishedBytes': 50_000,
    'pubsub.deliveredBytes': 51_000,
  });
});

test('a step that a worker pulls for is stopped as well, and goes on when asked', async () => {
  const { router, publish, laps } = await start(PULLED, 5);
  await publish('other', '1000000');
  await until(() => router.status().stopped.length > 0, 'the stop');
  await expect
    .poll(() => router.status())
    .toMatchObject({
      stopped: [{ trigger: 'on-other', step: 'loops', loop: ['on-other'], laps: 6 }],
      triggers: [{ kind: 'worker', ready: 1, inFlight: 0, failed: 0, deadLettered: 0 }],
    });
  expect(await laps('laps/one')).toBe(6);
  router.guard.resume('on-other');
  await until(() => router.status().stopped.length > 0, 'the second stop');
  await expect.poll(() => laps('laps/one')).toBe(51);
});

test('a step that hands itself the rest of its work many times over goes on to the end', async () => {
  const { router, publish, laps } = await start(ON_OTHER);
  await publish('other', '150');
  await until(() => router.status().triggers[0]!.delivered === 151, 'the end');
  expect(await laps('laps/one')).toBe(151);
  expect(router.status().stopped).toEqual([]);
});
