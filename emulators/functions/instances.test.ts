import { expect, test } from 'vitest';
import { InstanceTime } from './instances.ts';

test('an instance is billed while it has any request, rounded up to 100 ms', () => {
  const time = new InstanceTime(10);
  time.began(0);
  time.began(50);
  time.ended(120);
  time.ended(210);
  time.began(1000);
  time.ended(1001);
  expect(time.take(5000)).toEqual({ requests: 3, ms: 300 + 100 });
});

test('more requests at once than an instance takes are another’s', () => {
  const time = new InstanceTime(2);
  for (const at of [0, 0, 0]) time.began(at);
  time.ended(500);
  time.ended(700);
  time.ended(1000);
  expect(time.take(1000)).toEqual({ requests: 3, ms: 1000 + 500 });
});

test('one request at once bills each for itself', () => {
  const time = new InstanceTime(1);
  for (const at of [0, 0, 100]) time.began(at);
  for (const at of [200, 300, 400]) time.ended(at);
  expect(time.take(400).ms).toBe(200 + 300 + 300);
});

test('what is under way is told as far as it has come, and nothing twice', () => {
  const time = new InstanceTime(1);
  time.began(0);
  expect(time.take(1030)).toEqual({ requests: 1, ms: 1030 });
  time.ended(1040);
  expect(time.take(2000)).toEqual({ requests: 0, ms: 70 });
  expect(time.take(3000)).toEqual({ requests: 0, ms: 0 });
});
