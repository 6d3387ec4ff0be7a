import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackfillPart } from '../../shared/mirrors/backfill.ts';
import { pathOf } from '../../shared/mirrors/json.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import type { Change } from '../../shared/mirrors/rows.ts';
import { type Importing, importPart, type ReadDocument } from './backfill.ts';

const mirror: Mirror = {
  name: 'm',
  collection: 'items',
  group: false,
  dataset: 'd',
  table: 't',
  oldData: false,
  pathParams: false,
  clustering: [],
  schemas: [],
};
const PART: BackfillPart = {
  run: 'r',
  from: null,
  to: null,
  cursor: null,
  read: 0,
  imported: 0,
  most: null,
  state: 'open',
};
const documents = (count: number, text = ''): ReadDocument[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `projects/p/databases/(default)/documents/items/${String(n).padStart(6, '0')}`,
    fields: { text: { stringValue: text } },
    time: 1_000_000 + n,
  }));

/** A collection, a table and a checkpoint; whatever is called may die, before or after its effect. */
function world(all: readonly ReadDocument[], dies: () => boolean = () => false) {
  const state = { part: PART, rows: new Map<string, Change>(), reads: [] as number[] };
  const mayDie = (): void => {
    if (dies()) throw new Error('killed');
  };
  const io: Importing = {
    readPage: async ({ cursor }, limit) => {
      mayDie();
      const page = all.filter(({ name }) => cursor === null || pathOf(name) > cursor).slice(0, limit);
      state.reads.push(page.length);
      return page;
    },
    write: async changes => {
      mayDie();
      for (const change of changes) state.rows.set(change.eventId, change);
      mayDie();
    },
    save: async part => {
      mayDie();
      state.part = part;
      mayDie();
      return true;
    },
  };
  return { state, io };
}

describe('a part of a backfill', () => {
  it('imports every document once, with ids that are the same each time', async () => {
    const { state, io } = world(documents(1234));
    const end = await importPart(mirror, PART, io, () => true);
    expect(end).toMatchObject({ state: 'done', read: 1234, imported: 1234 });
    expect(state.rows.size).toBe(1234);
    const first = [...state.rows.values()][0]!;
    expect(first).toMatchObject({ operation: 'IMPORT', time: 1_000_000, data: '{"text":""}' });
    const again = world(documents(1));
    await importPart(mirror, PART, again.io, () => true);
    expect(state.rows.has([...again.state.rows.keys()][0]!)).toBe(true);
  });

  it('reads one page again at most for every time that it is killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 8 }), fc.nat(2500), async (kills, count) => {
        let calls = 0;
        const at = new Set(
          kills.map((_, index) => kills.slice(0, index + 1).reduce((sum, one) => sum + one + 1, 0)),
        );
        const { state, io } = world(documents(count), () => at.has(calls++));
        let deaths = 0;
        while (state.part.state === 'open') {
          await importPart(mirror, state.part, io, () => true).catch(() => {
            deaths++;
          });
        }
        expect(state.rows.size).toBe(count);
        expect(state.part.read).toBe(count);
        const read = state.reads.reduce((sum, one) => sum + one, 0);
        expect(read).toBeLessThanOrEqual(count + deaths * 500);
      }),
      { numRuns: 100 },
    );
  });

  it('stops at its cap, exactly, and goes on when it may read more', async () => {
    const { state, io } = world(documents(1000));
    const capped = await importPart(mirror, { ...PART, most: 250 }, io, () => true);
    expect(capped).toMatchObject({ state: 'capped', read: 250 });
    const rest = await importPart(mirror, { ...capped!, most: null, state: 'open' }, io, () => true);
    expect(rest).toMatchObject({ state: 'done', read: 1000 });
    expect(state.rows.size).toBe(1000);
  });

  it('stops when its time is up, and after the page that it has begun', async () => {
    const { io } = world(documents(1000));
    let pages = 0;
    const end = await importPart(mirror, PART, io, () => pages++ < 2);
    expect(end).toMatchObject({ state: 'open', read: 600 });
  });

  it('stops when somebody else has gone on with it', async () => {
    const { io } = world(documents(1000));
    expect(await importPart(mirror, PART, { ...io, save: async () => false }, () => true)).toBeUndefined();
  });

  it('reads large documents a few at a time', async () => {
    const { state, io } = world(documents(130, 'x'.repeat(1_000_000)));
    await importPart(mirror, PART, io, () => true);
    expect(Math.max(...state.reads.slice(1))).toBeLessThanOrEqual(8);
  });

  it('passes over documents of other collections that bear the same name', async () => {
    const rooms = { ...mirror, collection: 'rooms/{room}/items' };
    const { io } = world(documents(10));
    expect(await importPart(rooms, PART, io, () => true)).toMatchObject({
      read: 10,
      imported: 0,
      state: 'done',
    });
  });
});
