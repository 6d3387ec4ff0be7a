import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ScheduleTrigger } from '../../eventarc/wiring.ts';
import type { LogLine } from '../functions/log.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';

const START = Date.parse('2026-11-21T13:00:30.500Z');
let scheduler: Scheduler | undefined;
let lines: LogLine[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  lines = [];
});
afterEach(() => {
  scheduler?.stop();
  scheduler = undefined;
  vi.useRealTimers();
});

const job = (name: string, schedule: string, timeZone = 'Etc/UTC'): ScheduleTrigger => ({
  name,
  step: 'tick',
  kind: 'schedule',
  schedule,
  timeZone,
});

function run(
  triggers: readonly ScheduleTrigger[],
  timeScale?: number,
  fire?: () => Promise<unknown>,
): string[] {
  const fired: string[] = [];
  scheduler = startScheduler({
    wiring: { triggers },
    fire: async (name, time) => {
      fired.push(`${name} ${time.toISOString()}`);
      await fire?.();
    },
    ...(timeScale !== undefined && { timeScale }),
    log: line => lines.push(line),
  });
  return fired;
}

test('a job fires at its times and states them', async () => {
  const fired = run([job('minutely', '* * * * *'), job('quarterly', '*/15 * * * *')]);
  await vi.advanceTimersByTimeAsync(29_400);
  expect(fired).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_200);
  expect(fired).toEqual(['minutely 2026-11-21T13:01:00.000Z', 'minutely 2026-11-21T13:02:00.000Z']);
  await vi.advanceTimersByTimeAsync(13 * 60_000);
  expect(fired.filter(one => one.startsWith('quarterly'))).toEqual(['quarterly 2026-11-21T13:15:00.000Z']);
});

test('a job keeps the hours of its time zone, also over a change of the clocks', async () => {
  // Berlin leaves summer time on 2026-10-25 at 03:00.
  vi.setSystemTime(Date.parse('2026-10-24T12:00:00Z'));
  const fired = run([job('early', '0 6 * * *', 'Europe/Berlin')]);
  await vi.advanceTimersByTimeAsync(2 * 24 * 3_600_000);
  expect(fired).toEqual(['early 2026-10-25T05:00:00.000Z', 'early 2026-10-26T05:00:00.000Z']);
});

test('a job in an hour that the change of clocks repeats fires once, and in one that it skips at the next moment', async () => {
  vi.setSystemTime(Date.parse('2026-10-24T12:00:00Z'));
  const repeated = run([job('night', '30 2 * * *', 'Europe/Berlin')]);
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(repeated).toEqual(['night 2026-10-25T00:30:00.000Z']);
  scheduler!.stop();
  vi.setSystemTime(Date.parse('2027-03-27T12:00:00Z'));
  const skipped = run([job('night', '30 2 * * *', 'Europe/Berlin')]);
  await vi.advanceTimersByTimeAsync(2 * 24 * 3_600_000);
  expect(skipped).toEqual(['night 2027-03-28T01:00:00.000Z', 'night 2027-03-29T00:30:00.000Z']);
});

test('a job that is due in months waits for it', async () => {
  const fired = run([job('yearly', '0 0 1 1 *')]);
  await vi.advanceTimersByTimeAsync(42 * 24 * 3_600_000);
  expect(fired).toEqual(['yearly 2027-01-01T00:00:00.000Z']);
});

test('with a time scale of 60 a minutely job fires each second, and states the real time at which it was due', async () => {
  const fired = run([job('minutely', '* * * * *')], 60);
  await vi.advanceTimersByTimeAsync(3_000);
  // The first minute is full after 29.5 s, which pass in 491.666 ms.
  expect(fired).toEqual([
    'minutely 2026-11-21T13:00:30.991Z',
    'minutely 2026-11-21T13:00:31.991Z',
    'minutely 2026-11-21T13:00:32.991Z',
  ]);
});

test('a job never overlaps itself, and what it missed meanwhile is not made up for', async () => {
  let running = 0;
  let most = 0;
  const fired = run([job('slow', '* * * * *'), job('other', '* * * * *')], 1, async () => {
    most = Math.max(most, ++running);
    await new Promise(resolve => setTimeout(resolve, 150_000));
    running--;
  });
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(fired.filter(one => one.startsWith('slow'))).toEqual([
    'slow 2026-11-21T13:01:00.000Z',
    'slow 2026-11-21T13:04:00.000Z',
  ]);
  expect(most).toBe(2);
});

test('a firing that fails is said, and the next one comes', async () => {
  const fired = run([job('minutely', '* * * * *')], 1, () => Promise.reject(new Error('no room')));
  await vi.advanceTimersByTimeAsync(90_000);
  expect(fired.length).toBe(2);
  expect(lines.map(line => line.message)).toEqual(
    Array(2).fill('Schedule minutely could not be fired: no room'),
  );
});

test('after stop nothing fires any more', async () => {
  const fired = run([job('minutely', '* * * * *')]);
  await vi.advanceTimersByTimeAsync(30_000);
  scheduler!.stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(fired.length).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['every now and then', 'Etc/UTC'],
  ['* * * * * *', 'Etc/UTC'],
  ['* * * * *', 'Mars/Olympus'],
])('the schedule %s in %s is refused with the trigger’s name', (schedule, timeZone) => {
  expect(() => run([job('wrong', schedule, timeZone)])).toThrow(
    /^Trigger wrong: .*Expected five cron fields/,
  );
});

test('a time scale of zero is refused', () => {
  expect(() => run([], 0)).toThrow('The time scale must be above 0, not 0');
});
