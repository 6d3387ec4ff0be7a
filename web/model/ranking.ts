import type { PaneView } from './panes.ts';
import { type Shown, shownOf } from './series.ts';

export interface Ranked {
  readonly key: string;
  readonly value: number;
  /** Of the highest value, 0 to 1. */
  readonly share: number;
}

/** The keys of one pane that have a value, the highest first, at most so many. */
export function rankingOf(pane: PaneView, shown: Shown, most: number): Ranked[] {
  const values = [...pane.keys.keys()].flatMap(key => {
    const value = shownOf(pane, key, shown);
    return value === null ? [] : [{ key, value }];
  });
  const ranked = values.sort((a, b) => b.value - a.value || (a.key < b.key ? -1 : 1)).slice(0, most);
  const highest = ranked[0]?.value ?? 0;
  return ranked.map(one => ({ ...one, share: highest > 0 ? Math.max(0, one.value / highest) : 0 }));
}
