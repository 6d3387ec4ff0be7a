import { describe, expect, it } from 'vitest';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';
import { type LaneNotice, type TickStore, tick } from './tick.ts';

const NOW = 1_000_000;

function noticeOf(pipeline: string): LaneNotice {
  const spec = { name: 'w', size: 1, lateness: 0, retention: 0, lanes: 1, key: [], values: {} };
  const instance = { pipeline, window: 'w', shape: 's', start: 0 };
  return { ...instance, lane: 0, lanes: 1, spec, live: false, commits: 1, sources: {} };
}

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
      pipelines.map(pipeline => ({ id: pipeline, pipeline, state: 'read', published: 3, changedAt: NOW })),
    tally: async () => ({ records: 3, accepted: 1, rejected: 1, late: 1, repeated: 0 }),
    watermarks: async () => new Map(),
    saveWatermark: async (_pipeline, change) => change({ sources: {}, latched: undefined }),
    changedLanes: async () => pipelines.map(pipeline => noticeOf(pipeline)),
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
      counts: { records: 4, accepted: 1, rejected: 2, late: 1, repeated: 0 },
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
        return [noticeOf('good')];
      },
    };
    const ticked = await tick(endless, () => NOW + asked * 10_000, { page: 1 });
    expect(asked).toBe(5);
    expect(ticked.uploads).toBe(0);
    expect(uploads.get('uploads/good')!['state']).toBe('read');
  });

  it('shows changed windows while an upload is open only when it is time to', async () => {
    const uploads = new Map<string, Fields>();
    let looked = 0;
    const reading: TickStore = {
      ...storeOf(uploads),
      openUploads: async () => [
        { id: 'u', pipeline: 'good', state: 'reading', published: 0, changedAt: NOW },
      ],
      changedLanes: async () => {
        looked++;
        return [];
      },
    };
    await tick(reading, () => NOW, { early: () => false });
    expect(looked).toBe(0);
    await tick(reading, () => NOW, { early: () => true });
    expect(looked).toBe(1);
  });

  it('gives an upload up that has waited for its records longer than events live, and says how many are missing', async () => {
    const uploads = new Map<string, Fields>([
      ['uploads/good', { state: 'reading', counts: { rejected: 0 } }],
    ]);
    const stalled: TickStore = {
      ...storeOf(uploads),
      openUploads: async () => [
        { id: 'good', pipeline: 'good', state: 'reading', published: 9, changedAt: NOW },
      ],
      changedLanes: async () => [],
    };
    const day = 24 * 3600_000;
    expect((await tick(stalled, () => NOW + day)).uploads).toBe(0);
    expect((await tick(stalled, () => NOW + 2 * day)).uploads).toBe(1);
    expect(uploads.get('uploads/good')).toMatchObject({
      state: 'failed',
      error: { reason: expect.stringContaining('3 of 9 records') },
    });
  });
});
