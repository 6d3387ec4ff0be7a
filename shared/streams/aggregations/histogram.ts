import type { Accumulator } from './accumulator.ts';

export interface Histogram {
  missing: number;
  /** One more than there are bounds. */
  readonly counts: number[];
}

export interface ShownHistogram {
  readonly count: number;
  readonly missing: number;
  readonly bounds: readonly number[];
  /** Of values below the first bound, from each bound on up to the next, and from the last bound on. */
  readonly counts: readonly number[];
}

/** @param bounds rising; each begins the interval above it */
export function histogram(bounds: readonly number[]): Accumulator<Histogram, ShownHistogram> {
  const places = bounds.length + 1;
  return {
    empty: () => ({ missing: 0, counts: new Array<number>(places).fill(0) }),
    add(into, input) {
      if (typeof input !== 'number' || Number.isNaN(input)) into.missing++;
      else into.counts[placeOf(bounds, input)]!++;
    },
    merge(into, from) {
      into.missing += from.missing;
      for (let at = 0; at < places; at++) into.counts[at]! += from.counts[at]!;
    },
    write({ missing, counts }, writer) {
      writer.whole(missing);
      for (const count of counts) writer.whole(count);
    },
    read: reader => ({
      missing: reader.whole(),
      counts: Array.from({ length: places }, () => reader.whole()),
    }),
    show: ({ missing, counts }) => ({
      count: counts.reduce((sum, count) => sum + count, 0),
      missing,
      bounds,
      counts: [...counts],
    }),
  };
}

/** How many bounds a value has reached. */
function placeOf(bounds: readonly number[], value: number): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
