import type { WindowSpec } from '../pipelines/pipeline.ts';
import { windowShowing } from '../pipelines/plan.ts';
import { type Showing, type ShownKeys, shownKeys } from '../streams/showing.ts';
import type { Slice } from '../streams/slices.ts';
import { latestOf, type WindowState } from '../streams/state.ts';

/** What a pane says of its keys. */
export interface Content extends ShownKeys {
  /** Events of all keys. */
  readonly count: number;
  /** Keys that should be shown, and are not among these for want of room. */
  readonly omitted: number;
}

/**
 * What a pane says of a state.
 * @param latest event of all keys, where the state holds only a part of them
 */
export function contentOfState(
  state: WindowState,
  { start, end }: Slice,
  spec: WindowSpec,
  latest: number = latestOf(state.values()),
  showing: Showing = windowShowing(spec),
): Content {
  const span = {
    start,
    end: spec.kind === 'global' ? Number.POSITIVE_INFINITY : end,
    latest,
    ...(spec.kind === 'session' && { gap: spec.size * 1000 }),
  };
  let count = 0;
  for (const group of state.values()) count += group.count;
  return { count, omitted: 0, ...shownKeys(state, span, showing) };
}
