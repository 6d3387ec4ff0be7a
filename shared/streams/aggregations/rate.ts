import { quotient } from '../exact-sum.ts';
import { GLOBAL } from '../slices.ts';
import type { Accumulator } from './accumulator.ts';
import { type Statistics, statistics } from './statistics.ts';

export interface Rate {
  readonly all: Statistics;
  /** Of the events with a value, ms. */
  first: number;
  latest: number;
}

export interface ShownRate {
  readonly count: number;
  readonly missing: number;
  readonly sum: number;
  /** The sum by unit of time over the window's length; in a global window from the first event to the last, null while that is nothing. */
  readonly rate: number | null;
}

/** @param per unit of time, ms */
export function rate(per: number): Accumulator<Rate, ShownRate> {
  return {
    empty: () => ({
      all: statistics.empty(),
      first: Number.POSITIVE_INFINITY,
      latest: Number.NEGATIVE_INFINITY,
    }),
    add(into, input, time, event) {
      const before = into.all.count;
      statistics.add(into.all, input, time, event);
      if (into.all.count === before) return;
      if (time < into.first) into.first = time;
      if (time > into.latest) into.latest = time;
    },
    merge(into, from) {
      statistics.merge(into.all, from.all);
      if (from.first < into.first) into.first = from.first;
      if (from.latest > into.latest) into.latest = from.latest;
    },
    write({ all, first, latest }, writer) {
      statistics.write(all, writer);
      if (all.count === 0) return;
      writer.signed(first);
      writer.whole(latest - first);
    },
    read(reader) {
      const all = statistics.read(reader);
      if (all.count === 0) return { ...this.empty(), all };
      const first = reader.signed();
      return { all, first, latest: first + reader.whole() };
    },
    show({ all, first, latest }, span) {
      const { count, missing, sum } = statistics.show(all, span);
      const length = span.end < GLOBAL.end ? span.end - span.start : latest - first;
      return { count, missing, sum, rate: length > 0 ? quotient(sum, length / per) : null };
    },
  };
}
