import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32 } from './hash.ts';
import { planOf } from './measures.ts';
import { addTo, bitsOf, dueSegments, isBehind, merged, type Sizes } from './segments.ts';
import { addEvent, decodeState, encodeState, mergeState, type WindowState } from './state.ts';

const plan = planOf([['v', { of: 'statistics' }, data => data['v']]]);
/** Segments that a change merges at most. */
const MOST = 12;

type Observation = readonly [key: string, value: number];

function stateOf(observations: readonly Observation[]): WindowState {
  const state: WindowState = new Map();
  for (const [key, v] of observations) addEvent(state, plan, key, { v }, 0, { source: 's', id: '1' });
  return state;
}

/** A state that lives in documents, as a lane does. */
function growing(sizes: Sizes) {
  const documents = new Map<string, Uint8Array>();
  let inline: Uint8Array = new Uint8Array();
  let segments: readonly string[] = [];
  let changes = 0;
  const figures = { read: 0, written: 0, mostRead: 0 };
  return {
    figures,
    documents,
    names: () => segments,
    add(added: WindowState): void {
      const due = dueSegments(segments, MOST, sizes);
      const merging = new Map(due.map(name => [name, documents.get(name)!]));
      const change = addTo({ inline, segments }, added, merging, ++changes, sizes);
      for (const { name, bytes } of change.written) {
        if (documents.has(name)) throw new Error(`${name} is there already`);
        documents.set(name, bytes);
        figures.written += bytes.length;
      }
      for (const name of change.dropped) documents.delete(name);
      figures.written += change.inline.length;
      figures.mostRead = Math.max(figures.mostRead, due.length);
      for (const bytes of merging.values()) figures.read += bytes.length;
      ({ inline, segments } = change);
    },
    all: () => merged([inline, ...segments.map(name => documents.get(name)!)]),
  };
}

const observations = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom('a', 'b', ''), fc.string()), fc.integer({ min: -9, max: 9 })),
  { maxLength: 12 },
);
const anySizes = fc.record({
  segment: fc.constantFrom(1, 60, 200, 1000),
  pile: fc.integer({ min: 2, max: 5 }),
});

describe('a state in segments', () => {
  it('is, to the bit, what the same would be in one piece', () => {
    fc.assert(
      fc.property(fc.array(observations, { maxLength: 25 }), anySizes, (lists, sizes) => {
        const { add, all } = growing(sizes);
        for (const list of lists) add(stateOf(list));
        expect(Buffer.compare(encodeState(all()), encodeState(stateOf(lists.flat())))).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('has each key in segments that its hash names, of documents that are there, and leaves none behind', () => {
    fc.assert(
      fc.property(fc.array(observations, { maxLength: 25 }), anySizes, (lists, sizes) => {
        const { add, names, documents } = growing(sizes);
        for (const list of lists) add(stateOf(list));
        expect([...documents.keys()].sort()).toEqual([...names()].sort());
        for (const [name, bytes] of documents) {
          for (const key of decodeState(bytes).keys())
            expect(hash32(key).toString(2).padStart(32, '0').startsWith(bitsOf(name))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('lies inline alone while it is small, and goes on from chunks as they were before there were segments', () => {
    const small = addTo({ inline: new Uint8Array(), segments: [] }, stateOf([['a', 1]]), new Map(), 1);
    expect([small.written, small.dropped, small.segments]).toEqual([[], [], []]);
    const halves: readonly [string, Uint8Array][] = ['0', '1'].map(bits => {
      const keys = ['a', 'b', 'c', 'd'].filter(key => hash32(key).toString(2).padStart(32, '0')[0] === bits);
      return [bits, encodeState(stateOf(keys.map(key => [key, 1])))];
    });
    const sizes = { segment: 1, pile: 1 };
    const before = { inline: new Uint8Array(), segments: halves.map(([name]) => name) };
    const { inline, written, segments, dropped } = addTo(
      before,
      stateOf([['a', 2]]),
      new Map(halves),
      7,
      sizes,
    );
    expect([dropped, segments]).toEqual([['0', '1'], written.map(({ name }) => name)]);
    const whole = merged([inline, ...written.map(({ bytes }) => bytes)]);
    expect(encodeState(whole)).toEqual(
      encodeState(stateOf([...'abcda'].map((key, at) => [key, at < 4 ? 1 : 2]))),
    );
  });

  it('of ever more keys is written a few times in all, never read as a whole, and its piles stay low', () => {
    const sizes = { segment: 1024, pile: 4 };
    const { add, all, names, figures } = growing(sizes);
    const whole: WindowState = new Map();
    for (let change = 0; change < 300; change++) {
      const added = stateOf(Array.from({ length: 25 }, (_, n): Observation => [`key ${change * 25 + n}`, n]));
      mergeState(whole, added);
      add(added);
    }
    const bytes = encodeState(whole).length;
    expect(all().size).toBe(7500);
    // 300 segments' worth: four or five levels of piles of four.
    expect(figures.written).toBeLessThan(7 * bytes);
    expect(figures.read).toBeLessThan(5 * bytes);
    expect(figures.mostRead).toBeLessThanOrEqual(MOST);
    const heights = Object.values(Object.groupBy(names(), bitsOf)).map(pile => pile!.length);
    expect(Math.max(...heights)).toBeLessThan(2 * sizes.pile);
  });

  it('of keys that come again and again takes no more than so many times their bytes', () => {
    const sizes = { segment: 2048, pile: 4 };
    const { add, documents } = growing(sizes);
    const list = Array.from({ length: 250 }, (_, n): Observation => [`key ${n}`, n]);
    for (let change = 0; change < 60; change++) add(stateOf(list));
    const held = [...documents.values()].reduce((sum, { length }) => sum + length, 0);
    expect(held).toBeLessThan(2 * sizes.pile * encodeState(stateOf(list)).length);
  });
});

describe('the segments to merge next', () => {
  it('are too many where piles have grown faster than they were merged', () => {
    const pile = Array.from({ length: 9 }, (_, n) => `01-${n}.0`);
    expect(isBehind(pile.slice(1), { segment: 1, pile: 2 })).toBe(false);
    expect(isBehind(pile, { segment: 1, pile: 2 })).toBe(true);
  });

  it('are those of piles that have grown, the largest first, and no more than there is room for', () => {
    const sizes = { segment: 1, pile: 3 };
    const pile = (bits: string, height: number): string[] =>
      Array.from({ length: height }, (_, n) => `${bits}-${n}.0`);
    const [low, due, large] = [pile('0', 2), pile('10', 3), pile('11', 5)];
    const all = [...low, ...due, ...large];
    expect(dueSegments(low, MOST, sizes)).toEqual([]);
    expect(dueSegments(all, MOST, sizes)).toEqual([...large, ...due]);
    expect(dueSegments(all, 7, sizes)).toEqual(large);
    expect(dueSegments(all, 4, sizes)).toEqual(large.slice(0, 4));
    expect(dueSegments(all, 2, sizes)).toEqual([]);
  });
});
