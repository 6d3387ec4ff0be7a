import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { decodeState, showGroup } from '../../shared/streams/state.ts';
import { chunkPath, lanePath } from '../../shared/windows/lanes.ts';
import { shapeOf } from '../../shared/windows/shape.ts';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';
import { countBatch, countBatches, LIMITS } from './aggregate.ts';
import { lateRejects } from './late.ts';
import { type LedgerEntry, ledgerPath } from './ledger.ts';
import { partOf } from './parts.ts';
import { alone, batchOf, event, pipeline, window } from './testing.ts';

const instance = { pipeline: 'traffic', window: 'minute', shape: shapeOf(window) };

describe('what a batch adds to its windows', () => {
  it('is counted by window and key, with the measures of each', () => {
    const events = [event(1, 1000, 'a', 3), event(2, 61_000, 'a', 4), event(3, 2000, 'a', null)];
    const { contributions } = partOf(batchOf(events), pipeline, 0, 3, 10, 5);
    expect(contributions.map(({ start, end, events }) => [start, end, events.map(one => one.event)])).toEqual(
      [
        [0, 60_000, [0, 2]],
        [60_000, 120_000, [1]],
      ],
    );
    const group = contributions[0]!.state.get('a')!;
    expect(showGroup(group, { start: 0, end: 60_000, latest: 0 })).toMatchObject({
      count: 2,
      speed: { count: 1, missing: 1, sum: 3 },
    });
  });

  it('has every kind of measure that the window declares, of a path or of the events themselves', () => {
    const measures = {
      drivers: { of: 'distinct', path: ['driver'] },
      fast: { of: 'quantiles', at: [0.5], path: ['speed'] },
      heat: { of: 'decay', halfLife: 1 },
      now: { of: 'last', path: ['speed'] },
    } as const;
    const own = { ...pipeline, windows: [{ ...window, measures }] };
    const events = [
      event(1, 0, 'a', 10, { driver: 'x' }),
      event(2, 2000, 'a', 30, { driver: 'y' }),
      event(3, 1000, 'a', 20, { driver: 'x' }),
    ];
    const [contribution] = partOf(batchOf(events), own, 0, 3, 10, 5).contributions;
    const group = contribution!.state.get('a')!;
    expect(showGroup(group, { start: 0, end: 60_000, latest: 2000 })).toMatchObject({
      count: 3,
      drivers: { estimate: 2 },
      fast: { count: 3, p50: expect.closeTo(20, 0) },
      heat: { value: 1 + 0.5 + 0.25 },
      now: { value: 30, time: '1970-01-01T00:00:02.000Z' },
      speed: { sum: 60 },
    });
  });

  it('is what the filter of each window takes, and events that none takes still show how far their source is', () => {
    const fast = { ...window, name: 'fast', filter: 'data.speed > 50' };
    const north = { ...window, name: 'north', filter: 'key == "north" && time.getSeconds() < 30' };
    const own = { ...pipeline, windows: [fast, north] };
    const events = [
      event(1, 0, 'north', 60),
      event(2, 1000, 'north', 'unknown'),
      event(3, 40_000, 'north', 10),
      event(4, 2000, 'south', 70),
    ];
    const { contributions } = partOf(batchOf(events), own, 0, 4, 10, 77);
    expect(
      contributions.map(({ window, events, sources }) => [
        window,
        events.map(one => one.event),
        Object.values(sources),
      ]),
    ).toEqual([
      ['fast', [0, 3], [{ time: 40_000, seen: 77 }]],
      ['north', [0, 1], [{ time: 1000, seen: 77 }]],
    ]);
    expect(partOf(batchOf([event(5, 0, 'east', 1)]), own, 0, 1, 10, 77).contributions).toEqual([]);
  });

  it('goes by the key of the window where it has one of its own', () => {
    const own = { ...pipeline, windows: [{ ...window, key: ['lane'] }] };
    const events = [
      event(1, 0, 'a', 1, { lane: 7 }),
      event(2, 0, 'a', 1),
      event(3, 0, 'a', 1, { lane: { x: 1 } }),
    ];
    const [contribution] = partOf(batchOf(events), own, 0, 3, 10, 5).contributions;
    expect([...contribution!.state.keys()]).toEqual(['7', '', '{"x":1}']);
  });

  it('tells how far live sources are, and nothing of uploads', () => {
    const events = [event(1, 5000, 'a', 1), event(2, 2000, 'a', 1)];
    const live = partOf(batchOf(events), pipeline, 0, 2, 10, 77).contributions[0]!;
    expect(Object.values(live.sources)).toEqual([{ time: 5000, seen: 77 }]);
    expect(
      partOf(batchOf(events, { upload: 'u' }), pipeline, 0, 2, 10, 77).contributions[0]!.sources,
    ).toEqual({});
  });

  it('ends where it would touch more windows than a transaction takes', () => {
    const events = [0, 1, 2, 0, 3].map((minute, id) => event(id, minute * 60_000, 'a', 1));
    expect(partOf(batchOf(events), pipeline, 0, 5, 3, 5).to).toBe(4);
    expect(
      partOf(batchOf(events), { ...pipeline, windows: [window, { ...window, name: 'w' }] }, 0, 5, 1, 5).to,
    ).toBe(1);
  });
});

describe('counting a batch', () => {
  it('writes its lane and its ledger entry together, and a duplicate writes nothing', async () => {
    const { documents, commits, run } = alone();
    const batch = batchOf([event(1, 1000, 'a', 3)], { records: 2 });
    expect((await countBatch(run, batch, pipeline, 5)).duplicate).toBe(false);
    const again = await countBatch(run, batch, pipeline, 6);
    expect(again.duplicate).toBe(true);
    expect(again.entry).toMatchObject({ complete: true, accepted: 1, rejected: 1, late: 0, at: 5 });
    expect(commits).toEqual([2, 0]);
    const lane = documents.get(lanePath({ ...instance, start: 0 }, 0))!;
    expect(decodeState(lane['state'] as Uint8Array).get('a')!.count).toBe(1);
  });

  it('is an entry in the ledger alone where no event is left, or the pipeline has no windows', async () => {
    const { documents, run } = alone();
    await countBatch(run, batchOf([], { records: 4, upload: 'u' }), pipeline, 5);
    await countBatch(run, batchOf([event(1, 0, 'a', 1)], { id: 'b2' }), { ...pipeline, windows: [] }, 5);
    expect([...documents.keys()]).toEqual([ledgerPath('b1'), ledgerPath('b2')]);
    expect(documents.get(ledgerPath('b1'))).toMatchObject({ rejected: 4, complete: true, upload: 'u' });
  });

  it('goes on where an earlier delivery died between two of its transactions', async () => {
    const { documents, commits, run } = alone();
    const events = [0, 1, 2, 3].map(minute => event(minute, minute * 60_000, 'a', 1));
    const limits = { ...LIMITS, windows: 1 };
    const dying: RunTransaction = program => {
      if (commits.length === 2) throw new Error('died');
      return run(program);
    };
    await expect(countBatch(dying, batchOf(events), pipeline, 5, limits)).rejects.toThrow('died');
    expect(documents.get(ledgerPath('b1'))).toMatchObject({ counted: 2, complete: false });
    const { entry } = await countBatch(run, batchOf(events), pipeline, 5, limits);
    expect(entry).toMatchObject({ counted: 4, complete: true, accepted: 4 });
    const lanes = [...documents].filter(([path]) => path.includes('/lanes/'));
    expect(lanes.map(([, lane]) => decodeState(lane['state'] as Uint8Array).get('a')!.count)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('takes a part at a time where the state would outgrow a commit', async () => {
    const { commits, run } = alone();
    const events = [0, 1, 2, 3].map(minute => event(minute, minute * 60_000, 'a', 1));
    const { entry } = await countBatch(run, batchOf(events), pipeline, 5, { ...LIMITS, bytes: 150 });
    expect(entry).toMatchObject({ complete: true, accepted: 4 });
    expect(commits.filter(writes => writes > 0).length).toBeGreaterThan(1);
  });

  it('refuses a batch id that another pipeline has used, rather than losing the batch', async () => {
    const { run } = alone();
    await countBatch(run, batchOf([event(1, 0, 'a', 1)]), pipeline, 5);
    const other = { ...pipeline, name: 'weather' };
    const batch = batchOf([event(1, 0, 'a', 1)], { pipeline: 'weather' });
    await expect(countBatch(run, batch, other, 5)).rejects.toThrow('traffic has used the batch id b1');
  });
});

describe('counting several batches at once', () => {
  const minute = (id: string, minutes: readonly number[], value = 1): EventBatch =>
    batchOf(
      minutes.map((at, n) => event(n, at * 60_000, 'a', value)),
      { id },
    );
  const countOf = (documents: ReadonlyMap<string, Fields>): number =>
    [...documents]
      .filter(([path]) => path.includes('/lanes/'))
      .reduce((sum, [, lane]) => sum + (decodeState(lane['state'] as Uint8Array).get('a')?.count ?? 0), 0);

  it('writes a window that all of them touch once, and a ledger entry for each', async () => {
    const { documents, commits, run } = alone();
    const counted = await countBatches(
      run,
      [minute('x', [0]), minute('y', [0]), minute('z', [0, 0])],
      pipeline,
      5,
    );
    expect(commits).toEqual([4]);
    expect(counted.map(({ entry }) => entry.accepted)).toEqual([1, 1, 2]);
    expect(countOf(documents)).toBe(4);
  });

  it('counts none twice that is in the group twice, or was counted before', async () => {
    const { documents, run } = alone();
    await countBatch(run, minute('x', [0]), pipeline, 5);
    const counted = await countBatches(
      run,
      [minute('x', [0]), minute('y', [0]), minute('y', [0])],
      pipeline,
      6,
    );
    expect(counted.map(({ duplicate }) => duplicate)).toEqual([true, false, false]);
    expect(countOf(documents)).toBe(2);
  });

  it('parts ways where the windows together, or those of one batch, are too many for a transaction', async () => {
    const { documents, commits, run } = alone();
    const limits = { ...LIMITS, windows: 2 };
    const batches = [minute('x', [0]), minute('y', [1]), minute('z', [2]), minute('big', [0, 1, 2])];
    const counted = await countBatches(run, batches, pipeline, 5, limits);
    expect(commits.length).toBe(4);
    expect(counted.every(({ entry }) => entry.complete)).toBe(true);
    expect(countOf(documents)).toBe(6);
  });

  it('goes one by one where their state together would outgrow a commit', async () => {
    const { documents, run } = alone();
    const counted = await countBatches(run, [minute('x', [0]), minute('y', [1])], pipeline, 5, {
      ...LIMITS,
      bytes: 60,
    });
    expect(counted.every(({ entry }) => entry.complete)).toBe(true);
    expect(countOf(documents)).toBe(2);
  });

  it('goes one by one where a lane has more segments than were merged, until it has few again', async () => {
    const { documents, commits, run } = alone();
    const limits = { ...LIMITS, sizes: { segment: 1, pile: 2 } };
    const most = 4 * limits.sizes.pile;
    const chunksOf = (): readonly string[] =>
      documents.get(lanePath({ ...instance, start: 0 }, 0))!['chunks'] as readonly string[];
    // Each batch is a segment of its own; only where more come than go do they pile up.
    const never = { ...limits, sizes: { segment: 1, pile: 1000 } };
    for (let n = 0; n <= most; n++) await countBatch(run, minute(`${n}`, [0]), pipeline, 5, never);
    expect(chunksOf()).toHaveLength(most + 1);
    commits.length = 0;
    await countBatches(run, [minute('x', [0]), minute('y', [0])], pipeline, 5, limits);
    // The group, which writes nothing; one that merges them all; the other.
    expect(commits.map(writes => writes > 0)).toEqual([false, true, true]);
    expect(chunksOf().length).toBeLessThanOrEqual(limits.sizes.pile + 1);
    const all = chunksOf().map(
      name => documents.get(chunkPath(lanePath({ ...instance, start: 0 }, 0), name))!,
    );
    expect(all.reduce((sum, { state }) => sum + decodeState(state as Uint8Array).get('a')!.count, 0)).toBe(
      most + 3,
    );
  });

  it('keeps the late events of each apart', async () => {
    const { run, documents } = alone();
    documents.set('windows/traffic/panes/minute~1970-01-01T00:00:00.000Z', { final: true });
    const counted = await countBatches(run, [minute('x', [0]), minute('y', [5, 0])], pipeline, 5);
    expect(counted.map(({ entry }) => entry.lateEvents.map(late => late.event))).toEqual([[0], [1]]);
  });
});

describe('late events', () => {
  const entry = {
    lateEvents: [
      { event: 1, window: 'minute', start: 0 },
      { event: 1, window: 'hour', start: 0 },
    ],
  } as unknown as LedgerEntry;

  it('are one dead letter each, known by their place in the upload', () => {
    const late = { ...event(2, 0, 'a', 1), line: 3, offset: 40 };
    const batch = batchOf([event(1, 0, 'a', 1), late], { upload: 'u', file: 'gs://b/f' });
    expect(lateRejects(batch, entry)).toMatchObject([
      {
        step: 'aggregate',
        pipeline: 'traffic',
        reason:
          'Late: it belongs to minute from 1970-01-01T00:00:00.000Z and hour from 1970-01-01T00:00:00.000Z, which had closed before it came.',
        origin: { upload: 'u', file: 'gs://b/f', line: 3, offset: 40 },
      },
    ]);
  });

  it('are known by their identity where they came live', () => {
    const batch = batchOf([event(1, 0, 'a', 1), event(2, 0, 'a', 1)]);
    expect(lateRejects(batch, entry)[0]!.origin).toEqual({
      batch: 'b1',
      eventSource: 'sensor',
      eventId: '2',
    });
  });
});

describe('the ledger', () => {
  it('takes any batch id, also one that is no document id', () => {
    expect(ledgerPath('u1-0')).toBe('_millrace/aggregate/ledger/u1-0');
    for (const id of ['a/b', '..', '__x__', '', 'ä'.repeat(3000)]) {
      expect(ledgerPath(id)).toMatch(/^_millrace\/aggregate\/ledger\/x-[0-9a-f]{20}$/);
    }
  });
});
