import { expect, it } from 'vitest';
import { backoff, givesUp } from './retry.ts';
import type { RetryConfig } from './types.ts';

const RETRY: RetryConfig = {
  attempts: 3,
  duration: 60_000,
  minimumBackoff: 10_000,
  maximumBackoff: 300_000,
  doublings: 3,
};
const failed = (dispatches: number) => ({
  scheduleTime: 0,
  responses: 0,
  executions: 0,
  first: 0,
  dispatches,
});

it('doubles as often as it should, then grows by the last step, up to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(number => backoff(number, RETRY) / 1000);
  expect(waits).toEqual([10, 20, 40, 80, 160, 240, 300, 300]);
});

it.each([
  ['both limits', {}, 3, 60_000, true],
  ['the attempts but not the duration', {}, 3, 59_999, false],
  ['the duration but not the attempts', {}, 2, 60_000, false],
  ['the attempts where no duration is set', { duration: 0 }, 3, 0, true],
  ['the duration where attempts have no limit', { attempts: -1 }, 1, 60_000, true],
  ['neither, where there is no limit at all', { attempts: -1, duration: 0 }, 999, 1e12, false],
] as const)('a task that has reached %s', (_what, changes, dispatches, now, expected) => {
  expect(givesUp(failed(dispatches), { ...RETRY, ...changes }, now)).toBe(expected);
});
