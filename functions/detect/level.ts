import type { LevelRule, Severity } from '../../shared/pipelines/pipeline.ts';
import type { ShownGroup } from '../../shared/streams/state.ts';
import { keyOfField } from '../../shared/windows/panes.ts';
import { COMPARE } from './compare.ts';

/** A pane as a level rule sees it; times in ms since the epoch. */
export interface LevelPane {
  readonly start: number;
  readonly end: number;
  /** The pipeline's: the rule is that version's. */
  readonly version: string;
  /** Events of the window, all keys together. */
  readonly count: number;
  /** Keys that found no room in the pane; of a key that is not shown nothing can be said then. */
  readonly omitted: number;
  /** By the field name of the key. */
  readonly keys: Readonly<Record<string, ShownGroup>>;
}

/** An alert while its level holds, and once it no longer does. Times in ms; `time` is the end of the last window judged. */
export interface Episode {
  readonly key: string;
  /** Whose rule judged the last window. */
  readonly version: string;
  /** Start of the pane that opened it: what the alert is known by. */
  readonly opening: number;
  /** Start of the first window in which the condition held. */
  readonly since: number;
  readonly openedAt: number;
  readonly time: number;
  /** From `since` on. */
  readonly windows: number;
  readonly value: number;
  readonly severity: Severity;
  readonly escalatedAt?: number;
  readonly closedAt?: number;
}

/** What has to be remembered of a key between two windows; a key about which there is nothing to say is left out. */
export interface Level {
  /** Consecutive windows in which the condition held. */
  readonly run?: { readonly since: number; readonly last: number; readonly windows: number };
  readonly open?: Episode;
  /** End of the window that closed the last alert, until the cooldown is over. */
  readonly closedAt?: number;
}

export type Levels = ReadonlyMap<string, Level>;

export interface Advanced {
  readonly levels: Levels;
  /** Alerts that this window closes. */
  readonly closed: readonly Episode[];
}

/**
 * What one more window, the next in time, makes of a rule's levels.
 *
 * | a key is | its value in the window | what happens |
 * |---|---|---|
 * | quiet | holds against the threshold | it counts towards `for`; once consecutive windows come to that length the alert opens |
 * | quiet | does not, or is unknown, or the window before is missing | the count starts over |
 * | open | holds against `clear` | the alert's value, time and count go on; after `escalate.after` its severity rises |
 * | open | does not | the alert closes, at the window's end, and keeps its last value: that is what it was about |
 * | open | is unknown | nothing: silence closes no alert |
 * | closed | holds, but `cooldown` is not over a step before the window's end | it counts towards `for` and opens nothing yet |
 *
 * The value of a key that a window lacks is 0 for what adds up (count, share, sum, rate, estimate); any other is unknown. A window with
 * fewer than `minEvents` events knows nothing of any key.
 * @param step from one window's start to the next one's, ms: the length of a tumbling window
 */
export function advance(rule: LevelRule, step: number, pane: LevelPane, before: Levels): Advanced {
  const shown = new Map(Object.entries(pane.keys).map(([field, group]) => [keyOfField(field), group]));
  const keys = rule.only === undefined ? new Set([...before.keys(), ...shown.keys()]) : [rule.only];
  const levels = new Map<string, Level>();
  const closed: Episode[] = [];
  for (const key of keys) {
    const value = measured(rule, pane, shown.get(key));
    const was = before.get(key) ?? {};
    const { closed: end, ...level } = was.open
      ? goOn(rule, pane, was.open, value)
      : look(rule, step, pane, was, key, value);
    if (end) closed.push(end);
    if (level.run || level.open || level.closedAt !== undefined) levels.set(key, level);
  }
  return { levels, closed };
}

/** Numbers that are 0 of no events. */
const ADDS_UP: ReadonlySet<string> = new Set(['sum', 'rate', 'estimate']);

function measured(
  { measure, minEvents }: LevelRule,
  pane: LevelPane,
  group: ShownGroup | undefined,
): number | undefined {
  if (pane.count < minEvents || (!group && pane.omitted > 0)) return undefined;
  if (!('value' in measure)) {
    const count = group?.count ?? 0;
    return measure.of === 'count' ? count : count / pane.count;
  }
  const shown = group?.[measure.value] as Readonly<Record<string, unknown>> | undefined;
  const value = shown?.[measure.of];
  if (typeof value === 'number') return value;
  return !shown && ADDS_UP.has(measure.of) ? 0 : undefined;
}

function goOn(
  { operator, clear, escalate }: LevelRule,
  { end, version }: LevelPane,
  open: Episode,
  value: number | undefined,
): Judged {
  if (value === undefined) return { open };
  if (!COMPARE[operator](value, clear)) {
    return { closedAt: end, closed: { ...open, version, time: end, closedAt: end } };
  }
  const risen = escalate && open.escalatedAt === undefined && end - open.openedAt >= escalate.after * 1000;
  const windows = open.windows + 1;
  return {
    open: {
      ...open,
      version,
      time: end,
      windows,
      value,
      ...(risen && { severity: escalate.severity, escalatedAt: end }),
    },
  };
}

function look(
  rule: LevelRule,
  step: number,
  { start, end, version }: LevelPane,
  { run, closedAt }: Level,
  key: string,
  value: number | undefined,
): Judged {
  // Of windows that overlap, what lies before the last step is old news.
  const cooling = closedAt !== undefined && end - step < closedAt + rule.cooldown * 1000 ? { closedAt } : {};
  if (value === undefined || !COMPARE[rule.operator](value, rule.threshold)) return cooling;
  const goesOn = run?.last === start - step;
  const since = goesOn ? run.since : start;
  const windows = goesOn ? run.windows + 1 : 1;
  if (windows * step < rule.for * 1000 || cooling.closedAt !== undefined) {
    return { ...cooling, run: { since, last: start, windows } };
  }
  const { severity } = rule;
  return {
    open: { key, version, opening: start, since, openedAt: end, time: end, windows, value, severity },
  };
}

type Judged = Level & { readonly closed?: Episode };

/** Equal levels give equal text. */
export function encodeLevels(levels: Levels): string {
  return JSON.stringify([...levels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function decodeLevels(text: string): Levels {
  return new Map(JSON.parse(text) as [string, Level][]);
}
