import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { stepOf } from '../functions/fixtures/steps.ts';
import { startFunctions } from '../functions/functions.ts';
import type { LogLine } from '../functions/log.ts';
import {
  after,
  onDeadLetters,
  onStop,
  onTopic,
  plainStep,
  startBench,
  stopAll,
  until,
} from './fixtures/harness.ts';

afterEach(stopAll);

const root = fileURLToPath(new URL('../functions/fixtures', import.meta.url));

async function host(names: readonly string[]) {
  const lines: LogLine[] = [];
  const steps = names.map(name => stepOf(name, { concurrency: 4, instances: { min: 0, max: 2 } }));
  const functions = await startFunctions({
    root,
    wiring: { steps },
    environment: {},
    log: line => lines.push(line),
  });
  onStop(() => functions.stop());
  const said = (message: string) => lines.filter(line => line.message === message);
  return { functions, steps, said };
}

test('events that are published before the steps are up are delivered once they are', async () => {
  const { functions, steps } = await host(['noop']);
  const { router, publish } = await startBench(
    [onTopic('t', 'events', { step: 'noop' })],
    functions.endpoint,
    { steps },
  );
  for (let i = 0; i < 50; i++) await publish('events', `${i}`);
  expect(await router.idle(10)).toBe(true);
  expect(router.status().triggers[0]).toMatchObject({ delivered: 50, failed: 0 });
});

test('a step is given as many events at once as it takes, and no more', async () => {
  const { functions, steps, said } = await host(['counts']);
  const { router, publish } = await startBench(
    [onTopic('t', 'events', { step: 'counts' })],
    functions.endpoint,
    {
      steps,
    },
  );
  for (let i = 0; i < 40; i++) await publish('events', `${i}`);
  expect(await router.idle(10)).toBe(true);
  await until(() => said('done').length === 40, 'the last line');
  expect(Math.max(...said('began').map(line => Number(line.fields['atOnce'])))).toBe(8);
});

test('events that were under way when the process was killed are delivered again, and none is lost', async () => {
  const { functions, steps, said } = await host(['counts']);
  const { router, publish } = await startBench(
    [onTopic('t', 'events', { step: 'counts' })],
    functions.endpoint,
    {
      steps,
    },
  );
  const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => publish('events', `${i}`)));
  for (const restarts of [1, 2, 3]) {
    const before = said('began').length;
    await until(() => said('began').length > before, 'work');
    await after(10);
    functions.kill();
    await until(() => functions.restarts === restarts, 'the restart');
  }
  expect(await router.idle(10)).toBe(true);
  await until(() => new Set(said('done').map(line => line.fields['id'])).size >= 100, 'all of them');
  expect(new Set(said('done').map(line => line.fields['id']))).toEqual(new Set(ids));
  expect(said('began').length).toBeGreaterThan(100);
  // What was at the step spent an attempt, and at most as many again that were sent before the death was noticed.
  const { failed, deadLettered } = router.status().triggers[0]!;
  expect(deadLettered).toBe(0);
  expect(failed).toBeGreaterThan(0);
  expect(failed).toBeLessThanOrEqual(3 * 2 * 8);
});

const PATIENT = { attempts: 100, minimumBackoff: 1, maximumBackoff: 1, deadLetterTopic: 'dead-letters' };

test('an event that crashes the process ends as a dead letter, and its neighbours get through', async () => {
  const dead = await plainStep();
  const { functions, steps } = await host(['crashes', 'noop']);
  const { router, publish } = await startBench(
    [
      onTopic('crash', 'events', { step: 'crashes' }),
      // Each crash may cost a neighbour an attempt: they share the process.
      onTopic('fine', 'other', { step: 'noop', retry: PATIENT }),
      onDeadLetters(),
    ],
    step => (step === 'dead' ? dead.url : functions.endpoint(step)),
    { steps },
  );
  await publish('events', 'poison');
  for (let i = 0; i < 20; i++) await publish('other', `${i}`);
  expect(await router.idle(15)).toBe(true);
  expect(dead.received.map(one => one.text())).toEqual(['poison']);
  expect(functions.restarts).toBe(5);
  expect(router.status().triggers).toMatchObject([
    { failed: 5, deadLettered: 1 },
    { delivered: 20 },
    { delivered: 1 },
  ]);
});
