import {
  addExactly,
  canonicalSum,
  type ExactSum,
  mergeExactly,
  readSum,
  roundedSum,
  writeSum,
} from '../exact-sum.ts';
import type { Accumulator } from './accumulator.ts';

/**
 * A sum whose terms lose half of their weight with each half-life. Terms are summed as their weight would be at the start
 * of the era (so many half-lives since the epoch) that their events fall into, exactly: nothing fades until it is shown,
 * so no order shows. Two eras are kept; whatever is older weighs less than 2^-64 of what it did.
 */
export interface Decay {
  count: number;
  missing: number;
  /** The latest event, ms; -Infinity while there is none. */
  latest: number;
  era: number;
  sum: ExactSum;
  /** Of the era before. */
  older: ExactSum;
}

export interface ShownDecay {
  /** As of `at`. */
  readonly value: number;
  /** The window's latest event, of all keys, so that they compare: RFC 3339. */
  readonly at: string | null;
  readonly count: number;
  readonly missing: number;
}

const ERA = 64;
/** Larger magnitudes count as missing: grown by an era, 2^53 of them can still be summed. */
const LARGEST = 2 ** 850;

/** @param halfLife ms */
export function decay(halfLife: number): Accumulator<Decay, ShownDecay> {
  const length = halfLife * ERA;
  return {
    empty: () => ({
      count: 0,
      missing: 0,
      latest: Number.NEGATIVE_INFINITY,
      era: Number.NEGATIVE_INFINITY,
      sum: [],
      older: [],
    }),
    add(into, input, time) {
      if (typeof input !== 'number' || !(Math.abs(input) <= LARGEST)) {
        into.missing++;
        return;
      }
      into.count++;
      if (time > into.latest) into.latest = time;
      const era = Math.floor(time / length);
      if (era > into.era) moveOn(into, era);
      const term = input * 2 ** ((time - era * length) / halfLife);
      if (era === into.era) addExactly(into.sum, term);
      else if (era === into.era - 1) addExactly(into.older, term);
    },
    merge(into, from) {
      into.count += from.count;
      into.missing += from.missing;
      if (from.latest > into.latest) into.latest = from.latest;
      if (from.era > into.era) moveOn(into, from.era);
      if (from.era === into.era) {
        mergeExactly(into.sum, from.sum);
        mergeExactly(into.older, from.older);
      } else if (from.era === into.era - 1) mergeExactly(into.older, from.sum);
    },
    write({ count, missing, latest, era, sum, older }, writer) {
      writer.whole(missing);
      writer.whole(count);
      if (count === 0) return;
      writer.signed(latest);
      writer.signed(era);
      writeSum(sum, writer);
      writeSum(older, writer);
    },
    read(reader) {
      const [missing, count] = [reader.whole(), reader.whole()];
      if (count === 0) return { ...this.empty(), missing };
      const [latest, era] = [reader.signed(), reader.signed()];
      return { count, missing, latest, era, sum: readSum(reader), older: readSum(reader) };
    },
    show({ count, missing, era, sum, older }, { latest }) {
      if (count === 0) return { value: 0, at: null, count, missing };
      const total = canonicalSum(sum);
      for (const part of canonicalSum(older)) addExactly(total, part * 2 ** -ERA);
      // A sum below zero may fade to a negative zero.
      const value = roundedSum(total) * 2 ** ((era * length - latest) / halfLife) + 0;
      return { value, at: new Date(latest).toISOString(), count, missing };
    },
    latest: value => value.latest,
  };
}

function moveOn(into: Decay, era: number): void {
  into.older = era === into.era + 1 ? into.sum : [];
  into.sum = [];
  into.era = era;
}
