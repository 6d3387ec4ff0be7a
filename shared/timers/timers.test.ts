import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../emulators/emulator.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import { startWorker, type Worker } from '../../emulators/tasks/testing.ts';
import { fromBinaryHeaders } from '../events/cloudevent.ts';
import { createTimers, TIMER, timerData } from './timers.ts';

let worker: Worker;
let emulator: Emulator;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  worker = await startWorker();
  const name = 'projects/demo/locations/local-1/queues/bells';
  emulator = await startTasks({ queues: [{ name, target: () => ({ url: new URL(`${worker.url}/ring`) }) }] });
  environment = {
    GOOGLE_CLOUD_PROJECT: 'demo',
    GOOGLE_CLOUD_LOCATION: 'local-1',
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${emulator.port}`,
  };
});
afterAll(async () => {
  await emulator.stop();
  await worker.stop();
});

describe('a timer', () => {
  it('wakes the step of its queue at its time, with an event that tells what it was set for', async () => {
    const at = Date.now() + 250;
    const set = { queue: 'bells', name: ['p', '13:00 Uhr'], at, data: { pipeline: 'p' } };
    expect(await createTimers(environment).set(set)).toBe(true);
    const [call] = await worker.called(1);
    expect(call!.at).toBeGreaterThanOrEqual(at);
    expect(call!.path).toBe('/ring');
    const event = fromBinaryHeaders(call!.headers);
    expect(event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{20}-p-13-00-Uhr$/),
      source: '//cloudtasks.googleapis.com/projects/demo/locations/local-1/queues/bells',
      type: TIMER,
      time: new Date(at).toISOString(),
      datacontenttype: 'application/json',
    });
    expect(JSON.parse(call!.body)).toEqual({ pipeline: 'p' });
  });

  it('is set once, whoever sets it and however often', async () => {
    const before = worker.calls.length;
    const set = () => ({ queue: 'bells', name: ['once'], at: Date.now(), data: null });
    const made = await Promise.all([1, 2, 3].map(() => createTimers(environment).set(set())));
    expect(made.toSorted()).toEqual([false, false, true]);
    await worker.called(before + 1);
    expect(await createTimers(environment).set(set())).toBe(false);
    expect(worker.calls).toHaveLength(before + 1);
  });

  it('cannot be set without a location, or in a queue that is not there', async () => {
    const set = { queue: 'bells', name: ['x'], at: 0, data: null };
    const nowhere = { ...environment, GOOGLE_CLOUD_LOCATION: undefined };
    await expect(createTimers(nowhere).set(set)).rejects.toThrow('GOOGLE_CLOUD_LOCATION is not set');
    await expect(createTimers(environment).set({ ...set, queue: 'gongs' })).rejects.toMatchObject({
      code: 9,
    });
  });

  it('is told from other events by its type', () => {
    const event = { specversion: '1.0', id: '1', source: 's', data: { a: 1 } } as const;
    expect(timerData({ ...event, type: TIMER })).toEqual({ a: 1 });
    expect(timerData({ ...event, type: 'google.cloud.scheduler.job.v1.executed' })).toBeUndefined();
  });
});
