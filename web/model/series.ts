import type { PaneView, Timing } from './panes.ts';
import { map, number } from './read.ts';

/** What a chart shows: how many events, or a number that a measure says, such as its mean. */
export type Shown =
  | { readonly of: 'events' }
  | { readonly of: 'measure'; readonly measure: string; readonly statistic: string };

/** One window a column, from the oldest to the latest, without a gap. Times in ms. */
export interface Series {
  readonly starts: readonly number[];
  readonly size: number;
  /** Undefined where there is no pane: nothing happened in it. */
  readonly timing: readonly (Timing | undefined)[];
  readonly lines: readonly Line[];
}

export interface Line {
  /** Undefined for all other keys together. */
  readonly key: string | undefined;
  readonly values: readonly (number | null)[];
}

/** Colours are told apart up to here. */
const KEYS = 5;

/**
 * The last `columns` windows of one kind, with a line for each of the keys that have the most events in them. The others are
 * one more line where they can be summed up.
 */
export function seriesOf(panes: readonly PaneView[], window: string, shown: Shown, columns: number): Series {
  const all = panes.filter(pane => pane.window === window);
  const latest = all.at(-1);
  if (!latest) return { starts: [], size: 0, timing: [], lines: [] };
  const size = latest.step;
  const byStart = new Map<number, PaneView>();
  // Two definitions of a window may have a pane each of the same time: that of more events stands for both.
  for (const pane of all)
    if (pane.count >= (byStart.get(pane.start)?.count ?? 0)) byStart.set(pane.start, pane);
  const oldest = Math.max(all[0]!.start, latest.start - (columns - 1) * size);
  const starts = Array.from(
    { length: Math.round((latest.start - oldest) / size) + 1 },
    (_, at) => oldest + at * size,
  );
  const columnsOf = starts.map(start => byStart.get(start));
  const keys = topKeys(columnsOf.flatMap(pane => pane ?? []));
  const lines: Line[] = keys.map(key => ({ key, values: columnsOf.map(pane => shownOf(pane, key, shown)) }));
  if (shown.of === 'events') {
    const values = columnsOf.map((pane, at) =>
      pane ? pane.count - lines.reduce((sum, line) => sum + (line.values[at] ?? 0), 0) : 0,
    );
    if (values.some(value => value > 0)) lines.push({ key: undefined, values });
  }
  return { starts, size, timing: columnsOf.map(pane => pane?.timing), lines };
}

function topKeys(panes: readonly PaneView[]): string[] {
  const counts = new Map<string, number>();
  for (const { keys } of panes)
    for (const [key, group] of keys) counts.set(key, (counts.get(key) ?? 0) + (number(group['count']) ?? 0));
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.slice(0, KEYS).map(([key]) => key);
}

/** Null where a key has no such value. */
export function shownOf(pane: PaneView | undefined, key: string, shown: Shown): number | null {
  const group = pane?.keys.get(key);
  if (shown.of === 'events') return number(group?.['count']) ?? 0;
  return number(map(group?.[shown.measure])[shown.statistic]) ?? null;
}

/** Each line on top of those before it; what a chart of stacked columns draws, from the last to the first. */
export function stacked({ lines }: Series): number[][] {
  const sums: number[][] = [];
  for (const { values } of lines) {
    const below = sums.at(-1);
    sums.push(values.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)));
  }
  return sums;
}
