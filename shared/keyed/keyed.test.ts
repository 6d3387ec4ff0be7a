import { describe, expect, it } from 'vitest';
import type { EventBatch, PipelineEvent } from '../batches/batch.ts';
import type { Fields, RunTransaction } from '../windows/transaction.ts';
import { applyBatches } from './apply.ts';
import { type Forks, groupPath, ledgerPath } from './documents.ts';
import { fireGroup } from './fire.ts';
import { KEY_BYTES } from './key-group.ts';
import { type KeyedStore, LIMITS, type Operator } from './operator.ts';
import type { KeyedProcess, KeyTimer } from './process.ts';

/** Keeps what it is told, and emits it. */
const process: KeyedProcess<string[], string> = (_key, state = [], input) => {
  if ('timer' in input) return { state, timers: [], emit: [`timer ${input.timer.at}`] };
  const { text, at } = input.event.data as { text: string; at?: number };
  const timers: KeyTimer[] = at === undefined ? [] : [{ time: 'processing', at }];
  return { state: [...state, text], timers, emit: [input.event.id] };
};

const operator: Operator<string> = {
  name: 'op',
  definedBy: { pipeline: 'p', version: 'v' },
  process: process as KeyedProcess<unknown, string>,
  clockedBy: [],
  horizon: 1000,
};

const eventOf = (id: string, key: string, data: Record<string, unknown>): PipelineEvent => ({
  ...{ specversion: '1.0', id, source: 's', type: 't', time: '2026-01-01T00:00:00.000Z' },
  partitionkey: key,
  data,
});
const batchOf = (events: readonly PipelineEvent[], id = 'b'): EventBatch => ({
  ...{ id, pipeline: 'p', version: 'v', records: events.length },
  events,
});

/** A store in which nothing happens at once. */
function storeOf(limits: Partial<typeof LIMITS> = {}) {
  const documents = new Map<string, Fields>();
  const emitted: string[] = [];
  const counts = { reads: 0, writes: 0, transactions: 0 };
  const run: RunTransaction = async program => {
    const writes: (() => void)[] = [];
    counts.transactions++;
    const result = await program({
      read: async paths => {
        counts.reads += paths.length;
        return paths.map(path => documents.get(path));
      },
      set: (path, fields) => writes.push(() => documents.set(path, fields)),
      update: (path, fields) => writes.push(() => documents.set(path, { ...documents.get(path), ...fields })),
      delete: path => writes.push(() => documents.delete(path)),
    });
    for (const write of writes) write();
    counts.writes += writes.length;
    return result;
  };
  const forks: Forks = new Map();
  const store: KeyedStore<string> = {
    step: 'step',
    run,
    forks,
    limits: { ...LIMITS, ...limits },
    effectsOf: async (_transaction, outputs) => {
      emitted.push(...outputs);
      return { changes: [], outbox: [] };
    },
  };
  return { store, documents, emitted, counts };
}

describe('what is kept by key', () => {
  it('costs a read and a write for each of four groups and the batch, with any number of keys', async () => {
    const { store, counts } = storeOf();
    const events = Array.from({ length: 500 }, (_, at) => eventOf(`${at}`, `key-${at}`, { text: 'x' }));
    await applyBatches(store, [{ batch: batchOf(events), operator }], 0);
    expect(counts).toEqual({ reads: 5, writes: 5, transactions: 1 });
  });

  it('moves into halves as it grows, which other instances find, and loses nothing', async () => {
    const { store, documents, counts } = storeOf({ groupBytes: 200 });
    const keys = Array.from({ length: 100 }, (_, at) => `key-${at}`);
    for (const round of ['1', '2', '3']) {
      const events = keys.map(key => eventOf(`${key}-${round}`, key, { text: round }));
      await applyBatches({ ...store, forks: new Map() }, [{ batch: batchOf(events, round), operator }], 0);
    }
    const forks: Forks = new Map();
    const events = keys.map(key => eventOf(`${key}-4`, key, { text: '4' }));
    const seen: unknown[] = [];
    const looking: Operator<string> = {
      ...operator,
      process: (_key, state) => {
        seen.push(state);
        return { state, timers: [], emit: [] };
      },
    };
    await applyBatches({ ...store, forks }, [{ batch: batchOf(events, '4'), operator: looking }], 0);
    expect(seen).toEqual(keys.map(() => ['1', '2', '3']));
    expect(documents.get(groupPath('step', 'op', '00'))).toEqual({ operator: 'op', fork: true });
    // An instance that knows the groups reads no fork again.
    const before = { ...counts };
    await applyBatches(
      { ...store, forks },
      [{ batch: batchOf(events.slice(0, 1), '5'), operator: looking }],
      0,
    );
    expect(counts.reads - before.reads).toBe(2);
  });

  it('is not written where a process hands it back as it was', async () => {
    const { store, counts } = storeOf();
    const kept = { state: ['x'], timers: [], emit: [] };
    const still: Operator<string> = {
      ...operator,
      process: (_key, state) => ({ ...kept, state: state ?? kept.state }),
    };
    await applyBatches(store, [{ batch: batchOf([eventOf('1', 'k', {})], '1'), operator: still }], 0);
    expect(counts.writes).toBe(2);
    await applyBatches(store, [{ batch: batchOf([eventOf('2', 'k', {})], '2'), operator: still }], 0);
    expect(counts.writes).toBe(3);
  });

  it('has a limit by key: the event that would go beyond it is refused, with its reason, and the others go on', async () => {
    const { store, documents, emitted } = storeOf();
    const half = 'x'.repeat(KEY_BYTES / 2);
    const events = [
      eventOf('1', 'k', { text: half }),
      eventOf('2', 'k', { text: half }),
      eventOf('3', 'k', { text: 'small' }),
      eventOf('4', 'other', { text: 'y' }),
    ];
    const [applied] = await applyBatches(store, [{ batch: batchOf(events), operator }], 0);
    expect(applied!.entry.refused).toEqual([
      {
        event: 1,
        reason: expect.stringMatching(
          /^What is kept of the key "k" would come to 9\d{5} bytes; at most 921600 are kept\.$/,
        ),
      },
    ]);
    expect(emitted.toSorted()).toEqual(['1', '3', '4']);
    expect(documents.get(ledgerPath('step', 'op', 'b'))).toMatchObject({ complete: true });
  });

  it('of a batch with more groups than a transaction takes goes on in another, and is done once', async () => {
    const { store, counts, emitted } = storeOf({ groups: 1 });
    const events = Array.from({ length: 40 }, (_, at) => eventOf(`${at}`, `key-${at}`, { text: 'x' }));
    const job = { batch: batchOf(events), operator };
    const [first] = await applyBatches(store, [job], 0);
    const [again] = await applyBatches(store, [job], 0);
    expect([first!.duplicate, again!.duplicate]).toEqual([false, true]);
    expect(counts.transactions).toBe(5);
    expect(emitted).toHaveLength(40);
  });
});

describe('a timer', () => {
  const look = (clock: number, wake?: number) => ({
    ...{ operator: 'op', group: '', clock, watermark: undefined, ...(wake !== undefined && { wake }) },
    eventWake: () => undefined,
    definition: async () => operator,
  });
  const groupOf = (documents: ReadonlyMap<string, Fields>): string =>
    [...documents.values()].map(fields => String(fields['name'] ?? '')).find(name => name !== '')!;

  async function withTimer() {
    const { store, documents, emitted } = storeOf();
    const event = eventOf('1', 'k', { text: 'x', at: 1000 });
    const [applied] = await applyBatches(store, [{ batch: batchOf([event]), operator }], 0);
    emitted.length = 0;
    const group = groupOf(documents);
    const fire = (clock: number, wake?: number) => fireGroup(store, { ...look(clock, wake), group });
    return { fire, emitted, wakes: applied!.wakes, store, group, documents };
  }

  it('is set for the first that is due, and not again while that stands', async () => {
    const { wakes, store } = await withTimer();
    expect(wakes).toMatchObject([{ operator: 'op', wake: 1, at: 1000 }]);
    const later = eventOf('2', 'k', { text: 'y', at: 5000 });
    const [applied] = await applyBatches(store, [{ batch: batchOf([later], '2'), operator }], 0);
    expect(applied!.wakes).toEqual([]);
    const sooner = eventOf('3', 'k', { text: 'y', at: 500 });
    const [third] = await applyBatches(store, [{ batch: batchOf([sooner], '3'), operator }], 0);
    expect(third!.wakes).toMatchObject([{ wake: 2, at: 500 }]);
  });

  it('that comes early sets another, and one that comes twice fires once', async () => {
    const { fire, emitted } = await withTimer();
    expect((await fire(900, 1)).wakes).toMatchObject([{ wake: 2, at: 1000 }]);
    expect(await fire(900, 1)).toEqual({ timers: 0, outbox: [], wakes: [] });
    expect((await fire(1000, 2)).timers).toBe(1);
    expect(await fire(1000, 2)).toEqual({ timers: 0, outbox: [], wakes: [] });
    expect(emitted).toEqual(['timer 1000']);
  });

  it('whose definition is gone takes its keys with it', async () => {
    const { store, group, documents, emitted } = await withTimer();
    await fireGroup(store, { ...look(1000), group, definition: async () => undefined });
    expect(documents.get(groupPath('step', 'op', group))).toMatchObject({ keys: 0, dueAt: null });
    expect(emitted).toEqual([]);
  });
});
