import type { Contribution } from '../../functions/aggregate/parts.ts';
import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowShowing } from '../../shared/pipelines/plan.ts';
import { splitSessions } from '../../shared/streams/sessions.ts';
import { shownKeys } from '../../shared/streams/showing.ts';
import { slicesOf, type Windowing, windowsOf } from '../../shared/streams/slices.ts';
import { mergeState, type ShownGroup, type WindowState } from '../../shared/streams/state.ts';
import { windowingOf } from '../../shared/windows/windowing.ts';

/** What results say, by key. */
export type Shown = Readonly<Record<string, ShownGroup>>;

/**
 * What a window's results say once all is over, by their start in ms: of the window, or of sessions each its own.
 * @param contributions to this window, all of them
 */
export function resultsOf(spec: WindowSpec, contributions: readonly Contribution[]): Map<number, Shown> {
  const windowing = windowingOf(spec);
  return windowing.kind === 'session'
    ? sessionsOf(spec, windowing.gap, contributions)
    : windowsIn(spec, windowing, contributions);
}

function windowsIn(
  spec: WindowSpec,
  windowing: Windowing,
  contributions: readonly Contribution[],
): Map<number, Shown> {
  const states = new Map(contributions.map(({ start, state }) => [start, state]));
  const windows = new Map(
    contributions.flatMap(slice => windowsOf(windowing, slice).map(window => [window.start, window])),
  );
  const results = new Map<number, Shown>();
  for (const window of windows.values()) {
    const state: WindowState = new Map();
    for (const { start } of slicesOf(windowing, window)) mergeState(state, states.get(start) ?? new Map());
    const end = windowing.kind === 'global' ? Number.POSITIVE_INFINITY : window.end;
    const { keys } = shownKeys(state, { start: window.start, end }, windowShowing(spec));
    results.set(window.start, Object.fromEntries(keys));
  }
  return results;
}

function sessionsOf(
  spec: WindowSpec,
  gap: number,
  contributions: readonly Contribution[],
): Map<number, Shown> {
  const states = new Map(contributions.map(({ start, state }) => [start, state]));
  const results = new Map<number, Shown>();
  let carry: WindowState = new Map();
  const open = [...states.keys()].sort((a, b) => a - b);
  for (let start = open.shift(); start !== undefined; start = open.shift()) {
    const end = start + gap;
    const { ended, carried } = splitSessions(carry, states.get(start) ?? new Map(), end, gap);
    carry = carried;
    if (carried.size > 0 && open[0] !== end) open.unshift(end);
    for (const [key, shown] of shownKeys(ended, { start, end, gap }, windowShowing(spec)).keys) {
      const began = (shown['start'] as Date).getTime();
      results.set(began, { ...results.get(began), [key]: shown });
    }
  }
  return results;
}
