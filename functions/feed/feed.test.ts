import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { latest, storable, supersedes } from './feed.ts';
import { createSampler } from './sample.ts';

const batchOf = (...events: [key: string, time: string, id: string][]): EventBatch => ({
  id: 'b',
  pipeline: 'p',
  version: 'v',
  records: events.length,
  events: events.map(([partitionkey, time, id]) => ({
    specversion: '1.0',
    id,
    source: '/s',
    type: 't',
    time,
    partitionkey,
    data: { id },
  })),
});

describe('the last known state of a key', () => {
  it('is its latest event, whatever the order in the batch', () => {
    const states = latest(
      batchOf(
        ['a', '2026-01-02T00:00:00.000Z', '1'],
        ['a', '2026-01-01T00:00:00.000Z', '2'],
        ['b', '2026-01-01T00:00:00.000Z', '3'],
      ),
    );
    expect(states.map(({ key, event }) => [key, event.id])).toEqual([
      ['a', '1'],
      ['b', '3'],
    ]);
  });

  it('is the same whichever order events come in, also at the same time', () => {
    const event = fc.record({
      time: fc.constantFrom('1', '2', '3'),
      id: fc.string(),
      source: fc.constantFrom('/a', '/b'),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), fc.nat(), (events, seed) => {
        const states = events.map(({ time, id, source }) => ({
          id: 'k',
          key: 'k',
          time,
          event: { source, id },
          version: 'v',
          data: {},
        }));
        const last = (all: typeof states) =>
          all.reduce((known, one) => (supersedes(one, known) ? one : known));
        const turned = [...states.slice(seed % states.length), ...states.slice(0, seed % states.length)];
        expect(last(turned).event).toEqual(last(states).event);
      }),
    );
  });

  it('has a key that is no document id under a derived one', () => {
    const ids = latest(batchOf(['a/b', '1', '1'], ['..', '1', '1'], ['', '1', '1'], ['ok', '1', '1'])).map(
      ({ id }) => id,
    );
    expect(ids.filter(id => /^k-[0-9a-f]{20}$/.test(id))).toHaveLength(3);
    expect(ids).toContain('ok');
  });
});

it('what Firestore cannot store is kept as text: arrays in arrays, fields without a name', () => {
  expect(storable({ a: [[1, 2], { b: [[3]] }], '': 1 })).toEqual({
    a: ['[1,2]', { b: ['[3]'] }],
    '(empty)': 1,
  });
});

it('the sampler lets through its rate in any second, and no more', () => {
  let now = 0;
  const sampled = createSampler(() => now);
  const passed = Array.from({ length: 3000 }, () => {
    now += 1;
    return sampled('p', 5, 1);
  }).filter(Boolean).length;
  expect(passed).toBeGreaterThanOrEqual(15);
  expect(passed).toBeLessThanOrEqual(20);
});

it('the sampler lets through of a batch what the second has left', () => {
  let now = 0;
  const sampled = createSampler(() => now);
  expect(sampled('p', 5, 3)).toBe(3);
  expect(sampled('p', 5, 500)).toBe(2);
  expect(sampled('p', 5, 500)).toBe(0);
  now += 400;
  expect(sampled('p', 5, 500)).toBe(2);
});
