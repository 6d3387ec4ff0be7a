import { expect, it } from 'vitest';
import { Rest } from './rest.ts';

it('Rests grow from a second to a minute while everything fails, and begin anew after a success', () => {
  const rest = new Rest();
  let now = 0;
  const rests = Array.from({ length: 8 }, () => {
    const ms = rest.failed(now);
    now += ms;
    return ms;
  });
  expect(rests).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  rest.succeeded();
  expect(rest.failed(now)).toBe(1000);
});

it('Failures at the same time share one rest', () => {
  const rest = new Rest();
  expect(rest.failed(0)).toBe(1000);
  expect(rest.failed(400)).toBe(600);
  expect(rest.failed(1000)).toBe(2000);
});
