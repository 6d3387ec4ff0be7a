import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GLOBAL } from '../slices.ts';
import type { Accumulator, Span } from './accumulator.ts';
import { first, last } from './chosen.ts';
import { decay } from './decay.ts';
import { histogram } from './histogram.ts';
import { rate } from './rate.ts';
import { variance } from './variance.ts';

const HOUR: Span = { start: 0, end: 3_600_000, latest: 3_600_000 };
const event = { source: 's', id: '1' };

function shown<Shown>(
  accumulator: Accumulator<unknown, Shown>,
  inputs: readonly (readonly [input: unknown, time: number, id?: string])[],
  span = HOUR,
): Shown {
  const value = accumulator.empty();
  for (const [input, time, id = '1'] of inputs) accumulator.add(value, input, time, { ...event, id });
  return accumulator.show(value, span);
}

const at0 = (inputs: readonly unknown[]): [unknown, number][] => inputs.map(input => [input, 0]);

describe('variance', () => {
  it('agrees with whole numbers without end, also far from zero', () => {
    const list = fc.array(fc.bigInt(-1_000_000n, 1_000_000n), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(
        list,
        fc.constantFrom(0n, 10n ** 9n, 2n ** 52n),
        fc.constantFrom(1, 1024),
        (numbers, offset, scale) => {
          const whole = numbers.map(number => number + offset);
          const count = BigInt(whole.length);
          const sum = whole.reduce((total, number) => total + number, 0n);
          const squares = whole.reduce((total, number) => total + number * number, 0n);
          const expected = Number(count * squares - sum * sum) / Number(count * (count - 1n)) / scale ** 2;
          const { variance: actual } = shown(variance, at0(whole.map(number => Number(number) / scale)));
          expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(expected * 4e-16);
        },
      ),
    );
  });

  it('needs two values, and leaves out what cannot be squared', () => {
    expect(shown(variance, at0([3, 'x', 2 ** 451]))).toEqual({
      count: 1,
      missing: 2,
      mean: 3,
      variance: null,
      deviation: null,
    });
    expect(shown(variance, at0([2, 4]))).toMatchObject({ mean: 3, variance: 2, deviation: Math.SQRT2 });
    expect(shown(variance, at0([]))).toMatchObject({ count: 0, mean: null });
  });
});

describe('first and last', () => {
  it('go by time, then by identity, and pass over events without a value', () => {
    const list: [unknown, number, string][] = [
      [null, 1, '0'],
      ['a', 2000, '2'],
      ['b', 2000, '1'],
      [false, 3000, '1'],
      [{ x: 1 }, 9000, '1'],
    ];
    expect(shown(first, list)).toEqual({ value: 'b', time: '1970-01-01T00:00:02.000Z' });
    expect(shown(last, list)).toEqual({ value: false, time: '1970-01-01T00:00:03.000Z' });
    expect(shown(last, list.slice(0, 3))).toMatchObject({ value: 'a' });
    expect(shown(first, [])).toEqual({ value: null, time: null });
  });

  it('cut a long text', () => {
    expect(String(shown(last, [['x'.repeat(5000), 0]]).value)).toHaveLength(1000);
  });
});

describe('decay', () => {
  const MINUTE = 60_000;

  it('halves the weight of an event with each half-life', () => {
    const list: [number, number][] = [
      [1, 0],
      [1, 30 * MINUTE],
      [8, 60 * MINUTE],
    ];
    const { value, at, count } = shown(decay(30 * MINUTE), list, { ...HOUR, latest: 60 * MINUTE });
    expect({ value, at, count }).toEqual({ value: 0.25 + 0.5 + 8, at: '1970-01-01T01:00:00.000Z', count: 3 });
  });

  it('agrees with a plain sum, over many eras and with weights long gone', () => {
    const list = fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(1_000_000)), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(list, fc.constantFrom(1000, 7000, 1_000_000), (events, halfLife) => {
        const latest = Math.max(...events.map(([, time]) => time));
        const expected = events.reduce(
          (sum, [value, time]) => sum + value * 2 ** ((time - latest) / halfLife),
          0,
        );
        const { value } = shown(decay(halfLife), events, { ...HOUR, latest });
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(expected * 1e-12 + 1e6 * 2 ** -60);
      }),
    );
  });

  it('compares keys whose latest events lie far apart', () => {
    const old = shown(decay(1000), [[1, 0]], { ...HOUR, latest: 10_000 });
    expect(old.value).toBe(2 ** -10);
    expect(shown(decay(1000), [[1, 0]], { ...HOUR, latest: 1e9 }).value).toBe(0);
    expect(shown(decay(1000), [], { ...HOUR, latest: Number.NEGATIVE_INFINITY })).toMatchObject({
      value: 0,
      at: null,
    });
  });
});

describe('a histogram', () => {
  it('counts a value from its bound on up to the next', () => {
    const { counts, count, missing } = shown(
      histogram([0, 10]),
      at0([-1, 0, 9.99, 10, 11, null, Number.NaN]),
    );
    expect({ counts, count, missing }).toEqual({ counts: [1, 2, 2], count: 5, missing: 2 });
  });

  it('agrees with looking at each interval', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(bounds, fc.array(fc.integer({ min: -10, max: 10 })), (unordered, values) => {
        const rising = unordered.sort((a, b) => a - b);
        const edges = [Number.NEGATIVE_INFINITY, ...rising, Number.POSITIVE_INFINITY];
        const expected = edges.slice(1).map((to, at) => values.filter(v => v >= edges[at]! && v < to).length);
        expect(shown(histogram(rising), at0(values)).counts).toEqual(expected);
      }),
    );
  });
});

describe('a rate', () => {
  it('is over the length of the window, whatever it holds of it', () => {
    expect(
      shown(rate(60_000), [
        [30, 5],
        [90, 10],
      ]),
    ).toEqual({ count: 2, missing: 0, sum: 120, rate: 2 });
  });

  it('is from the first event to the last in a window without end', () => {
    const ever = { ...GLOBAL, latest: 5000 };
    expect(
      shown(
        rate(1000),
        [
          [1, 0],
          [1, 4000],
        ],
        ever,
      ).rate,
    ).toBe(0.5);
    expect(shown(rate(1000), [[1, 5000]], ever).rate).toBeNull();
  });
});
