import type { Row } from '../data/listen.ts';
import { map, millis, number, oneOf, text } from './read.ts';

export type Timing = 'early' | 'onTime' | 'late';
export const TIMINGS: readonly Timing[] = ['early', 'onTime', 'late'];
export const TIMING_WORDS: Readonly<Record<Timing, string>> = {
  early: 'early',
  onTime: 'on time',
  late: 'late',
};

export interface PaneView {
  readonly window: string;
  readonly start: number;
  readonly end: number;
  /** ms from its start to the next one's: less than its length where windows overlap. */
  readonly step: number;
  /** Of all time, so that it has no place on an axis. */
  readonly ever: boolean;
  readonly timing: Timing;
  readonly count: number;
  /** By key, as documents name it. */
  readonly keys: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** Undefined for what is no pane, or only a further part of one. */
export function paneOf({ data }: Row): PaneView | undefined {
  const [start, end] = [millis(data['start']), millis(data['end'])];
  if (start === undefined || end === undefined || end <= start) return undefined;
  const said = data['kind'] === 'session' ? saidOfSession : map;
  const keys = Object.entries(map(data['keys'])).map(
    ([field, group]) => [keyOf(field), said(group)] as const,
  );
  return {
    window: text(data['window']) ?? '–',
    ...placeOf(data, start, end),
    ever: data['kind'] === 'global',
    timing: oneOf(data['timing'], TIMINGS, 'early'),
    count: number(data['count']) ?? 0,
    keys: new Map(keys),
  };
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Where a pane is drawn. That of all time stands where it was last shown. */
function placeOf(data: Row['data'], start: number, end: number): Pick<PaneView, 'start' | 'end' | 'step'> {
  const shown = data['kind'] === 'global' ? millis(data['updatedAt']) : undefined;
  if (shown !== undefined) return { start: shown, end: shown + HOUR, step: HOUR };
  const every = number(data['every']) ?? 0;
  return { start, end, step: every > 0 ? every * SECOND : end - start };
}

/** When a session began and ended is no measure. */
function saidOfSession(group: unknown): Readonly<Record<string, unknown>> {
  const { start: _start, end: _end, ...said } = map(group);
  return said;
}

/** Panes in the order of time. */
export function panesOf(rows: readonly Row[]): PaneView[] {
  return rows.flatMap(row => paneOf(row) ?? []).sort((a, b) => a.start - b.start);
}

/** Of panes of all time the one that stands: that of more events, where two definitions have one each. */
export function currentOf(panes: readonly PaneView[]): PaneView | undefined {
  return panes.filter(({ ever }) => ever).toSorted((a, b) => b.count - a.count)[0];
}

/** A field's name for a key that no field may have begins with %. */
const keyOf = (field: string): string => (field.startsWith('%') ? field.slice(1) : field);

/** The measures of panes that are numbers, in the order of their names, each with what it says; all count events besides. */
export function measuresOf(panes: readonly PaneView[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const pane of panes) {
    for (const group of pane.keys.values()) {
      for (const [name, value] of Object.entries(group)) {
        for (const [field, one] of Object.entries(map(value))) {
          if (number(one) === undefined || ABOUT.has(field)) continue;
          found.set(name, (found.get(name) ?? new Set()).add(field));
        }
      }
    }
  }
  const names = [...found.keys()].sort();
  return new Map(names.map(name => [name, [...found.get(name)!].sort(byUse)]));
}

/** Numbers about a measure rather than of it. */
const ABOUT: ReadonlySet<string> = new Set(['count', 'missing', 'error']);
/** What people look for first. */
const FIRST = ['mean', 'min', 'max', 'sum'];

function byUse(a: string, b: string): number {
  const [x, y] = [FIRST.indexOf(a), FIRST.indexOf(b)];
  return (x < 0 ? FIRST.length : x) - (y < 0 ? FIRST.length : y) || (a < b ? -1 : 1);
}

export function windowsOf(panes: readonly PaneView[]): string[] {
  return [...new Set(panes.map(({ window }) => window))].sort();
}
