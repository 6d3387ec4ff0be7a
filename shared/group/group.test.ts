import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createGroups, type Work } from './group.ts';

/** Doubles numbers, remembers its groups, and takes a while. */
function doubling(): { work: Work<number, number>; groups: number[][] } {
  const groups: number[][] = [];
  return {
    groups,
    work: async jobs => {
      groups.push([...jobs]);
      await sleep(5);
      if (jobs.includes(13)) throw new Error('unlucky');
      return jobs.map(job => job * 2);
    },
  };
}

describe('group commit', () => {
  it('does a single job at once, and jobs that come together together', async () => {
    const { work, groups } = doubling();
    const add = createGroups(work, { most: 10 });
    expect(await add('k', 1)).toBe(2);
    expect(await Promise.all([2, 3, 4].map(job => add('k', job)))).toEqual([4, 6, 8]);
    expect(groups).toEqual([[1], [2, 3, 4]]);
  });

  it('gathers what comes while a group is being worked on, up to the most', async () => {
    const { work, groups } = doubling();
    const add = createGroups(work, { most: 3 });
    const first = add('k', 0);
    await sleep(1);
    const rest = [1, 2, 3, 4].map(job => add('k', job));
    expect(await Promise.all([first, ...rest])).toEqual([0, 2, 4, 6, 8]);
    expect(groups).toEqual([[0], [1, 2, 3], [4]]);
  });

  it('keeps keys apart', async () => {
    const { work, groups } = doubling();
    const add = createGroups(work, { most: 10 });
    await Promise.all([add('a', 1), add('b', 2)]);
    expect(groups).toEqual([[1], [2]]);
  });

  it('fails only the job that is wrong, not those around it', async () => {
    const { work } = doubling();
    const add = createGroups(work, { most: 10 });
    const settled = await Promise.allSettled([1, 13, 3].map(job => add('k', job)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await add('k', 4)).toBe(8);
  });

  it('leaves the pause between two groups of a key', async () => {
    const { work, groups } = doubling();
    const add = createGroups(work, { most: 10, pause: 50 });
    const began = performance.now();
    await add('k', 1);
    await add('k', 2);
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    expect(groups).toEqual([[1], [2]]);
  });

  it('waits for more as long as it may linger, and no longer than until it is full', async () => {
    vi.useFakeTimers();
    try {
      const groups: number[][] = [];
      const add = createGroups<number, number>(
        async jobs => {
          groups.push([...jobs]);
          return jobs;
        },
        { most: 3, linger: 1000 },
      );
      await add('k', 1);
      void add('k', 2);
      await vi.advanceTimersByTimeAsync(900);
      void add('k', 3);
      expect(groups).toEqual([[1]]);
      await vi.advanceTimersByTimeAsync(100);
      expect(groups).toEqual([[1], [2, 3]]);
      await Promise.all([4, 5, 6, 7, 8, 9].map(job => add('k', job)));
      expect(groups).toEqual([[1], [2, 3], [4, 5, 6], [7, 8, 9]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
