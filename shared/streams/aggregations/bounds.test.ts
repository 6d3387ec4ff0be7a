import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { DENSE_ERROR, distinct, SPARSE, SPARSE_ERROR } from './distinct.ts';
import { ACCURACY, nameOf, quantiles } from './quantiles.ts';
import { EXACT_ITEMS, KEPT_ITEMS, top } from './top.ts';

const SPAN = { start: 0, end: 1, latest: 0 };
const event = { source: 's', id: '1' };
const SHARES = [0.0001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999];

describe('quantiles', () => {
  const sketch = quantiles(SHARES);

  /** Every quantile of the values within the stated share of the value itself. */
  function expectClose(values: readonly number[]): void {
    const value = sketch.empty();
    for (const input of values) sketch.add(value, input, 0, event);
    const shown = sketch.show(value, SPAN);
    const sorted = [...values].sort((a, b) => a - b);
    for (const share of SHARES) {
      const exact = sorted[Math.floor(share * (sorted.length - 1))]!;
      const off = Math.abs(shown[nameOf(share)]! - exact);
      expect(off, `${nameOf(share)} of ${sorted.length}`).toBeLessThanOrEqual(
        Math.abs(exact) * ACCURACY * (1 + 1e-9),
      );
    }
  }

  const within = fc.oneof(
    fc.double({ min: 1e-8, max: 1e9, noNaN: true }),
    fc.double({ min: -1e9, max: -1e-8, noNaN: true }),
    fc.constant(0),
    // On the edges of buckets and beside them.
    fc
      .tuple(fc.integer({ min: -900, max: 1000 }), fc.constantFrom(1 - 1e-12, 1, 1 + 1e-12))
      .map(([power, beside]) => ((1 + ACCURACY) / (1 - ACCURACY)) ** power * beside),
  );

  it('are as close as stated, whatever the values', () => {
    fc.assert(fc.property(fc.array(within, { minLength: 1, maxLength: 200 }), expectClose), { numRuns: 200 });
  });

  it.each([
    ['rise', (at: number) => at + 1],
    ['fall', (at: number) => -at],
    ['grow sevenfold', (at: number) => 7 ** (at % 20)],
    ['are all alike', () => 3.3],
    ['are few and far apart', (at: number) => (at % 100 === 0 ? 1e9 : 1e-6)],
  ])('are as close as stated where 10,000 values %s', (_, at) => {
    expectClose(Array.from({ length: 10_000 }, (_, index) => at(index)));
  });

  it('read what is 10^18 times smaller than the largest as larger than it is, and never beyond the least', () => {
    const value = sketch.empty();
    for (const input of [1e-10, 1e-10, 1e-10, 1e10]) sketch.add(value, input, 0, event);
    const { p50, p01, min, max } = sketch.show(value, SPAN);
    expect({ min, max }).toEqual({ min: 1e-10, max: 1e10 });
    expect(p50).toBe(p01);
    expect(p50).toBeGreaterThan(1e-10);
    expect(p50).toBeLessThan(1e10 / 5e17);
  });

  it('are null where there are no values', () => {
    expect(sketch.show(sketch.empty(), SPAN)).toMatchObject({ count: 0, p50: null });
  });
});

describe('distinct', () => {
  function estimate(values: Iterable<unknown>) {
    const value = distinct.empty();
    for (const input of values) distinct.add(value, input, 0, event);
    return distinct.show(value, SPAN);
  }
  function* numbered(count: number, of: (at: number) => unknown): Generator<unknown> {
    for (let at = 0; at < count; at++) yield of(at);
  }

  it('is exact while small, whatever comes again', () => {
    const values = fc.array(fc.oneof(fc.string(), fc.nat(20), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(values, list => {
        const { estimate: found, error } = estimate([...list, ...list]);
        expect(found).toBe(new Set(list.map(String)).size);
        expect(error).toBe(SPARSE_ERROR);
      }),
      { numRuns: 50 },
    );
    expect(estimate(numbered(SPARSE, at => at)).estimate).toBe(SPARSE);
  });

  it.each([
    [SPARSE + 1, 'numbers', (at: number) => at],
    [2000, 'addresses', (at: number) => `10.0.${at >> 8}.${at & 255}`],
    [10_000, 'long texts that differ at the end', (at: number) => `${'x'.repeat(200)}${at}`],
    [40_000, 'multiples of a power of two', (at: number) => at * 2 ** 32],
    [150_000, 'numbers', (at: number) => at * 7 + 1e9],
  ])('of %i %s is off by less than three standard errors', (count, _, of) => {
    const shown = estimate(numbered(count, of));
    expect(shown.error).toBe(DENSE_ERROR);
    expect(Math.abs(shown.estimate - count) / count).toBeLessThan(3 * DENSE_ERROR);
  });

  it('is right on average: no side is favoured, and the error is the stated one', () => {
    const errors = Array.from(
      { length: 60 },
      (_, run) => estimate(numbered(3000, at => `${run}:${at}`)).estimate / 3000 - 1,
    );
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const spread = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan((3 * DENSE_ERROR) / Math.sqrt(errors.length));
    expect(spread).toBeLessThan(1.3 * DENSE_ERROR);
  });

  it('comes to the same registers, whether it was sparse before or merged from halves', () => {
    const [whole, left, right] = [distinct.empty(), distinct.empty(), distinct.empty()];
    for (let at = 0; at < 2000; at++) {
      distinct.add(whole, at, 0, event);
      distinct.add(at < 500 ? left : right, at, 0, event);
    }
    expect(left.sparse).toBeDefined();
    distinct.merge(left, right);
    expect(left).toEqual(whole);
  });

  it('keeps the greatest rank of values that begin alike, whichever came first', () => {
    const one = (rank: number) => {
      const writer = new ByteWriter();
      // Nothing missing, one sparse value of index 5.
      for (const length of [0, 2, 5, rank]) writer.length(length);
      return distinct.read(new ByteReader(writer.bytes()));
    };
    for (const [a, b] of [
      [3, 7],
      [7, 3],
    ] as const) {
      const value = one(a);
      distinct.merge(value, one(b));
      expect(value).toEqual(one(7));
    }
  });

  it('does not count what is not there', () => {
    expect(estimate([null, undefined, 'a'])).toMatchObject({ estimate: 1, missing: 2 });
  });
});

describe('top', () => {
  const items = (counts: ReadonlyMap<string, number>): string[] =>
    [...counts].flatMap(([item, count]) => Array.from({ length: count }, () => item));
  function shown(list: readonly string[], parts = 1, most = 10_000) {
    const accumulator = top(most);
    const all = accumulator.empty();
    for (let part = 0; part < parts; part++) {
      const value = accumulator.empty();
      for (let at = part; at < list.length; at += parts) accumulator.add(value, list[at], 0, event);
      accumulator.merge(all, value);
    }
    return accumulator.show(all, SPAN);
  }
  const counted = (list: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const item of list) counts.set(item, (counts.get(item) ?? 0) + 1);
    return counts;
  };

  it('is exact while items are few, and lists the same items in the same order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), fc.integer({ min: 1, max: 5 }), (list, most) => {
        const expected = [...counted(list)]
          .map(([item, count]) => ({ item, count }))
          .sort((a, b) => b.count - a.count || (a.item < b.item ? -1 : 1));
        expect(shown(list, 3, most)).toEqual({
          count: list.length,
          missing: 0,
          error: 0,
          items: expected.slice(0, most),
        });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['one heavy item among many single ones', (at: number) => (at % 3 === 0 ? 'heavy' : `${at}`), 1],
    ['the same in seven parts', (at: number) => (at % 3 === 0 ? 'heavy' : `${at}`), 7],
    ['items by turns, one more than fit', (at: number) => `${at % (EXACT_ITEMS + 1)}`, 4],
    ['a long tail', (at: number) => `${Math.floor(3000 / (1 + ((at * 7919) % 3000)))}-${at % 13}`, 5],
  ])('knows how far off it may be: %s', (_, at, parts) => {
    const list = Array.from({ length: 20_000 }, (_, index) => at(index));
    const { items: found, error } = shown(list, parts);
    const exact = counted(list);
    expect(error).toBeLessThanOrEqual(list.length / KEPT_ITEMS);
    const kept = new Map(found.map(({ item, count }) => [item, count]));
    for (const [item, count] of exact) {
      const least = kept.get(item) ?? 0;
      expect(least).toBeLessThanOrEqual(count);
      expect(least + error).toBeGreaterThanOrEqual(count);
    }
  });

  it('is exact up to as many items as stated', () => {
    const counts = new Map(Array.from({ length: EXACT_ITEMS }, (_, at) => [`${at}`, 1 + (at % 3)]));
    expect(shown(items(counts), 9)).toMatchObject({ error: 0, items: { length: EXACT_ITEMS } });
  });
});
