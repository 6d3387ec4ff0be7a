import { expect, it } from 'vitest';
import { LIMITS } from '../../functions/aggregate/aggregate.ts';
import type { ShownGroup } from '../../shared/streams/state.ts';
import { millisOf } from '../../shared/windows/transaction.ts';
import { eventOf, pipelineOf } from './scenario.ts';
import { world } from './world.ts';

const START = Date.UTC(2026, 10, 21, 13);
const KEYS = 1500;
const BATCHES = 40;
const EVENTS = 100;
const SEGMENT_BYTES = 2048;

/** Prime to the number of keys: all of them come, in no order. */
const keyOf = (n: number): string => `key ${(n * 1237) % KEYS}`;

it('a window of thousands of keys grows by segments, shows each key, and leaves nothing behind', async () => {
  const limits = { ...LIMITS, sizes: { segment: SEGMENT_BYTES, pile: 3 } };
  const { count, tick, panes, store, committed } = world(START, limits);
  const pipeline = pipelineOf(3, 0, 'v', undefined, [{ name: 'w', size: 10 }]);
  const expected = new Map<string, { count: number; sum: number }>();
  const shown = (): [number, Map<string, { count: number; sum: number }>] => {
    const documents = Object.values(panes('model')).filter(({ start }) => millisOf(start) === START);
    const head = documents.find(pane => pane['final'] !== undefined)!;
    const keys = documents.flatMap(pane => Object.entries(pane['keys'] as Record<string, ShownGroup>));
    const sums = keys.map(([key, group]) => {
      return [key, { count: group.count, sum: (group['value'] as { sum: number }).sum }] as const;
    });
    return [Number(head['count']), new Map(sums)];
  };
  for (let batch = 0; batch < BATCHES; batch++) {
    const events = Array.from({ length: EVENTS }, (_, at) => {
      const n = batch * EVENTS + at;
      const { count = 0, sum = 0 } = expected.get(keyOf(n)) ?? {};
      expected.set(keyOf(n), { count: count + 1, sum: sum + (n % 7) });
      return eventOf(`${n}`, 's', START + (n % 10_000), keyOf(n), n % 7);
    });
    await count(pipeline, events);
    if (batch === BATCHES / 2) {
      await tick();
      expect(shown()).toEqual([(batch + 1) * EVENTS, expected]);
    }
  }
  const segments = committed.flatMap(([path, fields]) =>
    path.includes('/chunks/') && fields ? [(fields['state'] as Uint8Array).length] : [],
  );
  const held = [...store.documents.keys()].filter(path => path.includes('/chunks/'));
  // Most of what has been written has been merged since, and is written a few times in all.
  expect(segments.length).toBeGreaterThan(2 * held.length);
  expect(segments.length).toBeLessThan(6 * held.length);
  expect(Math.max(...segments)).toBeLessThanOrEqual(SEGMENT_BYTES);

  await count(pipeline, [eventOf('later', 's', START + 10_000, 'later', 1)]);
  await tick();
  const [final] = Object.values(panes('model')).filter(pane => pane['final']);
  expect(final).toMatchObject({ timing: 'onTime', count: BATCHES * EVENTS, omitted: 0 });
  expect(shown()).toEqual([BATCHES * EVENTS, expected]);
  expect([...store.documents.keys()].filter(path => path.includes('/chunks/'))).toEqual([]);
});
