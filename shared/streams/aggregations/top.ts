import { boundedText, textOf } from '../text.ts';
import type { Accumulator } from './accumulator.ts';

/**
 * How often each item came. Exact, and free of the order, up to {@link EXACT_ITEMS} different ones; beyond that a
 * Misra-Gries summary of {@link KEPT_ITEMS}, merged as P. K. Agarwal et al. ("Mergeable Summaries", 2012) do.
 */
export interface Top {
  missing: number;
  /** Events with an item. */
  count: number;
  readonly items: Map<string, number>;
  /** By how much a count may be too low at most; 0 while all are exact. */
  error: number;
}

export interface ShownTop {
  readonly count: number;
  readonly missing: number;
  /** The most frequent first; equally frequent ones in the order of their texts. */
  readonly items: readonly { readonly item: string; readonly count: number }[];
  /** An item came `count` to `count + error` times, and one that is not kept at most `error` times. */
  readonly error: number;
}

export const EXACT_ITEMS = 1000;
/** What the error is at most: events over this. */
export const KEPT_ITEMS = 500;
/** Longer items are cut, and told apart by a hash. */
const LONGEST_ITEM = 200;

/** @param most how many to show */
export function top(most: number): Accumulator<Top, ShownTop> {
  return {
    empty: () => ({ missing: 0, count: 0, items: new Map(), error: 0 }),
    add(into, input) {
      const text = textOf(input);
      if (text === undefined) {
        into.missing++;
        return;
      }
      into.count++;
      add(into, boundedText(text, LONGEST_ITEM), 1);
      shrink(into);
    },
    merge(into, from) {
      into.missing += from.missing;
      into.count += from.count;
      into.error += from.error;
      for (const [item, count] of from.items) add(into, item, count);
      shrink(into);
    },
    write({ missing, count, items, error }, writer) {
      writer.whole(missing);
      writer.whole(count);
      writer.whole(error);
      writer.length(items.size);
      for (const item of [...items.keys()].sort()) {
        writer.text(item);
        writer.whole(items.get(item)!);
      }
    },
    read(reader) {
      const [missing, count, error] = [reader.whole(), reader.whole(), reader.whole()];
      const items = new Map<string, number>();
      for (let left = reader.length(); left > 0; left--) items.set(reader.text(), reader.whole());
      return { missing, count, items, error };
    },
    show: ({ missing, count, items, error }) => ({
      count,
      missing,
      items: [...items]
        .sort(byCount)
        .slice(0, most)
        .map(([item, count]) => ({ item, count })),
      error,
    }),
  };
}

function add({ items }: Top, item: string, count: number): void {
  items.set(item, (items.get(item) ?? 0) + count);
}

/** Takes the count of the first item that cannot be kept from all: so much was seen of more items than are kept. */
function shrink(into: Top): void {
  if (into.items.size <= EXACT_ITEMS) return;
  const ordered = [...into.items.values()].sort((a, b) => b - a);
  const less = ordered[KEPT_ITEMS]!;
  into.error += less;
  for (const [item, count] of into.items) {
    if (count > less) into.items.set(item, count - less);
    else into.items.delete(item);
  }
}

type Counted = readonly [item: string, count: number];

const byCount = ([a, countA]: Counted, [b, countB]: Counted): number => countB - countA || (a < b ? -1 : 1);
