import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('looks at windows that change all the time are ten seconds apart, and take a fifth of the time at most', () => {
  const pace = new Pace();
  expect(pace.due(0)).toBe(true);
  pace.looked(1000, 1200);
  expect([pace.due(10_999), pace.due(11_000)]).toEqual([false, true]);
  pace.looked(11_000, 20_000);
  expect([pace.due(55_999), pace.due(56_000)]).toEqual([false, true]);
});
