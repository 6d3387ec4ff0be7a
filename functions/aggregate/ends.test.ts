import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Timer } from '../../shared/timers/timers.ts';
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
  return { set, warnings, state, watch: (batch: EventBatch, now = NOW) => watch.watch(batch, pipeline, now) };
}

describe('the ends of windows', () => {
  it('get a timer each two seconds later, however many events and windows share them', async () => {
    const { set, watch } = ends();
    await watch(batchOf([1000, 2000, 12_000]));
    await watch(batchOf([3000, 59_000]));
    expect(set.map(({ at }) => at - NOW)).toEqual([12_000, 62_000, 22_000]);
    expect(set[0]).toMatchObject({
      queue: 'window-ends',
      name: ['p', '2026-11-21T13:00:10.000Z'],
      data: { pipeline: 'p', end: NOW + 10_000 },
    });
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
