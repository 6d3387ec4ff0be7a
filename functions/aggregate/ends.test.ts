import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Timer } from '../../shared/timers/timers.ts';
import type { Ask } from './asks.ts';
import { WindowEnds } from './ends.ts';

const NOW = Date.UTC(2026, 10, 21, 13);
const pipeline = {
  name: 'p',
  windows: [
    { name: 'short', size: 10 },
    { name: 'same', size: 10 },
    { name: 'long', size: 60 },
  ],
} as unknown as Pipeline;

function batchOf(times: readonly number[], upload?: string): EventBatch {
  const events = times.map(time => ({ time: new Date(NOW + time).toISOString() }));
  return {
    id: 'b',
    pipeline: 'p',
    version: 'v',
    records: 1,
    events,
    ...(upload && { upload }),
  } as unknown as EventBatch;
}

/** Windows of other kinds, in a pipeline of the same name. */
const of = (...windows: object[]): Pipeline => ({ name: 'p', windows }) as unknown as Pipeline;

function ends() {
  const set: Timer[] = [];
  const warnings: unknown[] = [];
  const state = { broken: false };
  const watch = new WindowEnds(
    {
      set: async timer => {
        if (state.broken) throw new Error('no queue');
        set.push(timer);
        return true;
      },
    },
    error => warnings.push(error),
  );
  return {
    set,
    warnings,
    state,
    watch: (batch: EventBatch, now = NOW, of = pipeline, asks: readonly Ask[] = []) =>
      watch.watch(batch, of, asks, now),
  };
}

describe('the ends of windows', () => {
  it('get a timer each two seconds later, however many events and windows share them', async () => {
    const { set, watch } = ends();
    await watch(batchOf([1000, 2000, 12_000]));
    await watch(batchOf([3000, 59_000]));
    expect(set.map(({ at }) => at - NOW)).toEqual([12_000, 22_000, 62_000]);
    expect(set[0]).toMatchObject({
      queue: 'window-ends',
      name: ['p', '2026-11-21T13:00:10.000Z'],
      data: { pipeline: 'p', end: NOW + 10_000 },
    });
  });

  it('are those of all windows that slide over the event', async () => {
    const { set, watch } = ends();
    await watch(batchOf([1000]), NOW, of({ kind: 'sliding', size: 60, slide: 20 }));
    expect(set.map(({ at }) => at - NOW)).toEqual([22_000, 42_000, 62_000]);
  });

  it('of sessions are those of the slices that one of the event may end in', async () => {
    const { set, watch } = ends();
    await watch(batchOf([1000]), NOW, of({ kind: 'session', size: 30 }));
    expect(set.map(({ at }) => at - NOW)).toEqual([32_000, 62_000]);
  });

  it('need not have come where windows are shown as time goes by, or where a lane asks', async () => {
    const { set, watch } = ends();
    const early = { every: 15 };
    const ever = of({ kind: 'global', size: 0, early }, { size: 10, early });
    const slice = { pipeline: 'p', window: 'ever', shape: 'abc', start: 0 };
    const asks = [{ slice, lane: 2, times: 7 }];
    await watch(batchOf([5000, 6000]), NOW + 7000, ever, asks);
    await watch(batchOf([8000]), NOW + 8000, ever, asks);
    expect(set.map(({ at, name }) => [at - NOW, name])).toEqual([
      [12_000, ['p', '2026-11-21T13:00:10.000Z']],
      [15_000, ['p', '2026-11-21T13:00:15.000Z', 'early']],
      [7000, ['p', 'ever', 'abc', '1970-01-01T00:00:00.000Z', '2', '7', 'ask']],
    ]);
  });

  it('get none where they are past, or where an upload fills the windows', async () => {
    const { set, watch } = ends();
    await watch(batchOf([1000], 'upload'));
    await watch(batchOf([-3_600_000]));
    await watch(batchOf([1000]), NOW + 60_000);
    expect(set).toEqual([]);
  });

  it('are left to the schedule for a minute once a timer could not be set, which is said once', async () => {
    const { set, warnings, state, watch } = ends();
    state.broken = true;
    await watch(batchOf([1000]));
    expect(warnings.map(String)).toEqual(['Error: no queue']);
    state.broken = false;
    await watch(batchOf([1000]), NOW + 9_999);
    expect(set).toEqual([]);
    await watch(batchOf([61_000]), NOW + 60_000);
    expect(set).toHaveLength(2);
  });

  it('do not pile up in memory', async () => {
    const { set, watch } = ends();
    const minutes = Array.from({ length: 3000 }, (_, minute) => minute * 60_000);
    for (let hour = 0; hour < 3; hour++) await watch(batchOf(minutes.map(time => time + hour * 1000)));
    // Two ends a minute, set again at most where they had to be forgotten.
    expect(set.length).toBeLessThanOrEqual(3 * 6000);
    expect(new Set(set.map(({ name }) => name.join(' '))).size).toBe(6000);
  });
});
