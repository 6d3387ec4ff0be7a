import { describe, expect, it } from 'vitest';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';
import { type TickStore, tick } from './tick.ts';

const NOW = 1_000_000;

/** Two pipelines with an upload each, read and counted, and a changed window each; one window cannot be read. */
function storeOf(uploads: Map<string, Fields>): TickStore {
  const run: RunTransaction = program =>
    program({
      read: async paths => {
        if (paths.some(path => path.includes('/bad~'))) throw new Error('unreadable');
        return paths.map(path => uploads.get(path));
      },
      set: () => {},
      update: (path, fields) => void uploads.set(path, { ...uploads.get(path), ...fields }),
      delete: () => {},
    });
  const pipelines = ['bad', 'good'];
  return {
    run,
    openUploads: async () =>
      pipelines.map(pipeline => ({ id: pipeline, pipeline, state: 'read', published: 3 })),
    tally: async () => ({ records: 3, accepted: 1, rejected: 1, late: 1 }),
    watermarks: async () => new Map(),
    saveWatermark: async (_pipeline, change) => change({ sources: {}, latched: undefined }),
    changedLanes: async () =>
      pipelines.map(pipeline => ({ pipeline, window: 'w', start: 0, lanes: 1, sources: {} })),
    dueByClock: async () => [],
    dueByWatermark: async () => [],
    dueByUploads: async () => [],
  };
}

describe('a tick', () => {
  it('reports a window that it cannot show, and holds back the uploads of that pipeline alone', async () => {
    const uploads = new Map<string, Fields>([
      ['uploads/bad', { state: 'read', counts: { records: 4, rejected: 1 } }],
      ['uploads/good', { state: 'read', counts: { records: 4, rejected: 1 } }],
    ]);
    const ticked = await tick(storeOf(uploads), () => NOW);
    expect(ticked.uploads).toBe(1);
    expect(ticked.failures.map(String)).toEqual(['Error: unreadable']);
    expect(uploads.get('uploads/bad')!['state']).toBe('read');
    expect(uploads.get('uploads/good')).toEqual({
      state: 'done',
      counts: { records: 4, accepted: 1, rejected: 2, late: 1 },
      finishedAt: new Date(NOW),
    });
  });

  it('stops taking up work when its time is over, and then calls no upload done', async () => {
    const uploads = new Map<string, Fields>([['uploads/good', { state: 'read', counts: {} }]]);
    let asked = 0;
    const endless: TickStore = {
      ...storeOf(uploads),
      changedLanes: async () => {
        asked++;
        return [{ pipeline: 'good', window: 'w', start: 0, lanes: 1, sources: {} }];
      },
    };
    const ticked = await tick(endless, () => NOW + asked * 10_000, 1);
    expect(asked).toBe(5);
    expect(ticked.uploads).toBe(0);
    expect(uploads.get('uploads/good')!['state']).toBe('read');
  });
});
