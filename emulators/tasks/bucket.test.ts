import { expect, it } from 'vitest';
import { TokenBucket } from './bucket.ts';

const LIMITS = { perSecond: 20, burst: 3, concurrent: 1 };

it('gives the burst at once, then a token whenever one is full, and never saves up more than the burst', () => {
  const bucket = new TokenBucket(LIMITS, 0);
  expect([0, 0, 0, 0].map(now => bucket.take(now))).toEqual([0, 0, 0, 50]);
  expect(bucket.take(49)).toBeCloseTo(1);
  expect(bucket.take(50)).toBe(0);
  expect([1e6, 1e6, 1e6, 1e6].map(now => bucket.take(now) > 0)).toEqual([false, false, false, true]);
});

it('takes on a lower burst at once', () => {
  const bucket = new TokenBucket(LIMITS, 0);
  bucket.limits = { ...LIMITS, burst: 1 };
  expect([bucket.take(0), bucket.take(0)]).toEqual([0, 50]);
});
