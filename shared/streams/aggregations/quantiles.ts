import { DDSketch } from '@datadog/sketches-js';
import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { Accumulator } from './accumulator.ts';
import { type ShownStatistics, type Statistics, statistics } from './statistics.ts';

/** Counts by bucket of magnitude. Those below {@link floorOf} the greatest are one, at the latest when it is looked at. */
interface Store {
  readonly counts: Map<number, number>;
  greatest: number;
}

/**
 * A DDSketch (C. Masson et al., 2019) of at most {@link BUCKETS} buckets for each sign; besides, exactly, what
 * `statistics` know.
 */
export interface Quantiles {
  readonly all: Statistics;
  zeros: number;
  readonly positive: Store;
  readonly negative: Store;
}

/** Statistics, which are exact, and p50, p99 and so on as they are asked for; null where there was no value. */
export type ShownQuantiles = ShownStatistics & Readonly<Record<string, number | null>>;

/** A quantile is off by this share of itself at most. */
export const ACCURACY = 0.01;
/** Holds for values down to 6 · 10^17 times smaller in magnitude than the largest; smaller ones read as that. */
export const BUCKETS = 2048;
/** Smaller magnitudes are zero. */
export const SMALLEST = 1e-300;

// Only its buckets: its stores do not come out the same in every order, and their bytes leave out what is exact here.
const { mapping } = new DDSketch({ relativeAccuracy: ACCURACY });

/** @param at quantiles to show, between 0 and 1: 0.999 as `p999` */
export function quantiles(at: readonly number[]): Accumulator<Quantiles, ShownQuantiles> {
  return {
    empty: () => ({
      all: statistics.empty(),
      zeros: 0,
      positive: { counts: new Map(), greatest: Number.NEGATIVE_INFINITY },
      negative: { counts: new Map(), greatest: Number.NEGATIVE_INFINITY },
    }),
    add(into, input, time, event) {
      const before = into.all.count;
      statistics.add(into.all, input, time, event);
      if (into.all.count === before) return;
      const value = input as number;
      if (Math.abs(value) < SMALLEST) into.zeros++;
      else if (value > 0) put(into.positive, mapping.key(value), 1);
      else put(into.negative, mapping.key(-value), 1);
    },
    merge(into, from) {
      statistics.merge(into.all, from.all);
      into.zeros += from.zeros;
      for (const [bucket, count] of from.positive.counts) put(into.positive, bucket, count);
      for (const [bucket, count] of from.negative.counts) put(into.negative, bucket, count);
    },
    write(value, writer) {
      statistics.write(value.all, writer);
      writer.whole(value.zeros);
      writeStore(value.positive, writer);
      writeStore(value.negative, writer);
    },
    read: reader => ({
      all: statistics.read(reader),
      zeros: reader.whole(),
      positive: readStore(reader),
      negative: readStore(reader),
    }),
    show(value, span) {
      const shown = statistics.show(value.all, span);
      const buckets = ascending(value);
      return {
        ...shown,
        ...Object.fromEntries(at.map(share => [nameOf(share), quantile(value, buckets, share)])),
      } as ShownQuantiles;
    },
  };
}

/** `p50` for 0.5, `p999` for 0.999. */
export function nameOf(share: number): string {
  return `p${share
    .toFixed(4)
    .slice(2)
    .replace(/0{1,2}$/, '')}`;
}

/** 0.5 for `p50`, 0.999 for `p999`. */
export function shareOf(name: string): number {
  return Number(`0.${name.slice(1)}`);
}

function put(into: Store, bucket: number, count: number): void {
  if (bucket > into.greatest) into.greatest = bucket;
  const held = Math.max(bucket, floorOf(into));
  into.counts.set(held, (into.counts.get(held) ?? 0) + count);
}

const floorOf = ({ greatest }: Store): number => greatest - BUCKETS + 1;

/**
 * By bucket, in order. Those that the greatest has left below its floor meanwhile are put there: every value ends in the
 * same bucket, whenever the greatest came.
 */
function settled(store: Store): [bucket: number, count: number][] {
  const floor = floorOf(store);
  for (const [bucket, count] of store.counts) {
    if (bucket >= floor) continue;
    store.counts.delete(bucket);
    put(store, bucket, count);
  }
  return [...store.counts].sort(([a], [b]) => a - b);
}

/** The values that buckets stand for, from the least on, with their counts. */
function ascending({ zeros, positive, negative }: Quantiles): [value: number, count: number][] {
  return [
    ...settled(negative)
      .reverse()
      .map(([bucket, count]): [number, number] => [-mapping.value(bucket), count]),
    [0, zeros],
    ...settled(positive).map(([bucket, count]): [number, number] => [mapping.value(bucket), count]),
  ];
}

function quantile({ all }: Quantiles, buckets: readonly [number, number][], share: number): number | null {
  if (all.count === 0) return null;
  const rank = Math.floor(share * (all.count - 1));
  let passed = 0;
  const found = buckets.find(([, count]) => {
    passed += count;
    return passed > rank;
  });
  return Math.min(Math.max(found![0], all.min), all.max);
}

function writeStore(store: Store, writer: ByteWriter): void {
  const buckets = settled(store);
  writer.length(buckets.length);
  let before = 0;
  for (const [bucket, count] of buckets) {
    writer.signed(bucket - before);
    writer.whole(count);
    before = bucket;
  }
}

function readStore(reader: ByteReader): Store {
  const counts = new Map<number, number>();
  let bucket = 0;
  const length = reader.length();
  for (let left = length; left > 0; left--) {
    bucket += reader.signed();
    counts.set(bucket, reader.whole());
  }
  return { counts, greatest: length === 0 ? Number.NEGATIVE_INFINITY : bucket };
}
