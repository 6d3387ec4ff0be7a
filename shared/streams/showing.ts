import type { Span } from './aggregations/accumulator.ts';
import { type Group, latestOf, type ShownGroup, showGroup, type WindowState } from './state.ts';

/** Which of a window's keys are shown. */
export interface Showing {
  readonly having?: (key: string, shown: ShownGroup) => boolean;
  readonly top?: Ranking;
}

/** The keys with the greatest numbers: of their events, or of what a measure says under a name. */
export interface Ranking {
  readonly by: { readonly of: string; readonly value?: string };
  readonly most: number;
}

export interface ShownKeys {
  /** By rank, where keys are ranked; else in the order of the state. */
  readonly keys: readonly (readonly [key: string, shown: ShownGroup])[];
  /** How many others there are. */
  readonly hidden: number;
}

/**
 * What a window's result says of its keys. Equal numbers are ranked by key, and keys without a number last.
 * @param window with the latest event of all keys, where the state is only a part of them; and with the gap of its sessions, ms, where it is made of such: each says of itself when it began and ended
 */
export function shownKeys(
  state: WindowState,
  {
    start,
    end,
    gap,
    latest = latestOf(state.values()),
  }: Omit<Span, 'latest'> & {
    readonly gap?: number;
    readonly latest?: number;
  },
  { having, top }: Showing,
): ShownKeys {
  const show = (group: Group): ShownGroup => {
    if (gap === undefined) return showGroup(group, { start, end, latest });
    const { first, last } = group.times!;
    const shown = showGroup(group, { start: first, end: last + gap, latest });
    return { ...shown, start: new Date(first), end: new Date(last + gap) };
  };
  const all = [...state].map(([key, group]) => [key, show(group)] as const);
  const those = having ? all.filter(([key, shown]) => having(key, shown)) : all;
  const keys = top ? rankKeys(those, top) : those;
  return { keys, hidden: state.size - keys.length };
}

/** The keys with the greatest numbers, in their order. */
export function rankKeys(keys: ShownKeys['keys'], { by, most }: Ranking): ShownKeys['keys'] {
  return keys
    .map(([key, shown]) => ({ key, shown, number: numberOf(shown, by) }))
    .sort((a, b) => b.number - a.number || (a.key < b.key ? -1 : 1))
    .slice(0, most)
    .map(({ key, shown }) => [key, shown] as const);
}

function numberOf(shown: ShownGroup, { of, value }: Ranking['by']): number {
  if (value === undefined) return shown.count;
  const number = (shown[value] as Readonly<Record<string, unknown>> | undefined)?.[of];
  // The least there is: infinities do not subtract.
  return typeof number === 'number' ? number : -Number.MAX_VALUE;
}
