import { expect, test } from 'vitest';
import { causeNow, NOBODY, payerOf, withCause } from './cause.ts';
import { Meter } from './meter.ts';

test('operations are counted by who asked for them, over any number of awaits', async () => {
  const meter = new Meter();
  await Promise.all(
    ['tick', 'enrich;7;1.1'].map(cause =>
      withCause(cause, async () => {
        await new Promise(resolve => setTimeout(resolve, 1));
        meter.count('firestore.reads', 2);
        meter.count('firestore.reads');
      }),
    ),
  );
  meter.count('pubsub.publishedBytes', 1000);
  meter.count('functions.requests', 1, 'tick');
  meter.count('firestore.writes', 0);
  withCause(NOBODY, () => meter.count('pubsub.publishedBytes', 1000));
  expect(meter.counts).toEqual({
    tick: { 'firestore.reads': 3, 'functions.requests': 1 },
    enrich: { 'firestore.reads': 3 },
    clients: { 'pubsub.publishedBytes': 1000 },
  });
});

test('work in nobody’s name has no cause, whatever context it was started in', () => {
  expect(withCause('tick', () => withCause(undefined, causeNow))).toBeUndefined();
  expect(payerOf(undefined)).toBe('clients');
});
