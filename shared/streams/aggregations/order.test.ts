import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../bytes.ts';
import type { Accumulator } from './accumulator.ts';
import type { Aggregation } from './spec.ts';
import { accumulatorOf } from './table.ts';

const ALL: Aggregation[] = [
  { of: 'statistics' },
  { of: 'variance' },
  { of: 'first' },
  { of: 'last' },
  { of: 'distinct' },
  { of: 'quantiles', at: [0.5, 0.99] },
  { of: 'top', most: 3 },
  { of: 'decay', halfLife: 1 },
  { of: 'histogram', bounds: [-1, 0, 10] },
  { of: 'rate', per: 60 },
];

interface Observation {
  readonly input: unknown;
  readonly time: number;
  readonly source: string;
  readonly id: string;
}

const input = fc.oneof(
  fc.double(),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom<unknown>(
    null,
    undefined,
    -0,
    -Number.MIN_VALUE,
    true,
    'a',
    'b',
    '',
    '\ud800',
    1e250,
    2 ** 970,
    { x: [1] },
  ),
);
/** Often the same moment; and far enough apart that decay passes several of its eras of 64 s. */
const time = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -400_000, max: 400_000 }));
const observation: fc.Arbitrary<Observation> = fc.record({
  input,
  time,
  source: fc.constantFrom('s', 't'),
  id: fc.constantFrom('1', '2', '10'),
});

function bytesOf(accumulator: Accumulator<unknown>, value: unknown): Uint8Array {
  const writer = new ByteWriter();
  accumulator.write(value, writer);
  return writer.bytes();
}

const text = (accumulator: Accumulator<unknown>, value: unknown): string =>
  Buffer.from(bytesOf(accumulator, value)).toString('hex');

/** Adds up a stretch in halves of halves, as the bits say: apart or together, left into right or right into left, stored or not. */
function inTree(
  accumulator: Accumulator<unknown>,
  list: readonly Observation[],
  bits: readonly number[],
  depth = 0,
): unknown {
  const bit = bits[depth % bits.length] ?? 0;
  if (list.length < 2 || depth > 5 || bit % 5 === 0) {
    const value = accumulator.empty();
    for (const one of list) accumulator.add(value, one.input, one.time, one);
    return value;
  }
  const middle = bit % list.length;
  const left = inTree(accumulator, list.slice(0, middle), bits, depth + 1);
  const right = inTree(accumulator, list.slice(middle), bits, depth + 2);
  const [into, from] = bit % 2 === 0 ? [left, right] : [right, left];
  const before = text(accumulator, from);
  accumulator.merge(into, from);
  expect(text(accumulator, from)).toBe(before);
  return bit % 3 === 0 ? accumulator.read(new ByteReader(bytesOf(accumulator, into))) : into;
}

describe.each(ALL)('$of', aggregation => {
  const accumulator = accumulatorOf(aggregation);

  it('comes to the same bytes in any order, any batches and any tree of merges', () => {
    fc.assert(
      fc.property(
        fc
          .array(observation, { maxLength: 60 })
          .chain(list => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 }),
        ([list, shuffled], bits) => {
          const whole = inTree(accumulator, list, [0]);
          const other = inTree(accumulator, shuffled, bits);
          expect(text(accumulator, other)).toBe(text(accumulator, whole));
          const span = { start: -400_000, end: 400_000, latest: 400_000 };
          const shown = accumulator.show(whole, span);
          expect(accumulator.show(other, span)).toEqual(shown);
          expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads just what it wrote, and merges with nothing', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 20 }), list => {
        const value = inTree(accumulator, list, [0]);
        const writer = new ByteWriter();
        accumulator.write(value, writer);
        writer.text('next');
        const reader = new ByteReader(writer.bytes());
        const back = accumulator.read(reader);
        expect(reader.text()).toBe('next');
        accumulator.merge(back, accumulator.empty());
        const nothing = accumulator.empty();
        accumulator.merge(nothing, back);
        expect(text(accumulator, nothing)).toBe(text(accumulator, value));
      }),
      { numRuns: 50 },
    );
  });
});

it('of a later release is refused by name', () => {
  expect(() => accumulatorOf({ of: 'mode' } as never)).toThrow('There is no aggregation "mode"');
});
