import type { Sources } from '../../shared/streams/watermark.ts';
import type { Due, Lane, Timing } from '../../shared/windows/lanes.ts';

/** What the world looks like to a pipeline's windows at a tick. */
export interface Situation {
  /** The pipeline's, ms; undefined before its first live event. */
  readonly watermark: number | undefined;
  /** What the watermark was computed from. */
  readonly sources: Sources;
  /** Whether an upload of the pipeline is being read or counted. */
  readonly uploadsOpen: boolean;
  /** The clock, ms. */
  readonly now: number;
}

/** What a tick does about a window. */
export interface Decision {
  /** The pane to show; undefined where nothing is new. */
  readonly pane: { readonly index: number; readonly timing: Timing; readonly final: boolean } | undefined;
  /** When to look again; undefined once the window is closed. */
  readonly due: Due | undefined;
}

/**
 * Decides over a window by its lanes, the head first.
 *
 * | fed by | on time when | final when |
 * |---|---|---|
 * | live events | the watermark has reached the end | it has reached end + lateness, and no upload that also feeds it can be open |
 * | uploads alone | no upload of the pipeline is open | nothing has changed for the retention, by the clock |
 */
export function decide(lanes: readonly Lane[], { watermark, uploadsOpen, now }: Situation): Decision {
  const head = lanes[0]!;
  const any = (is: (lane: Lane) => boolean): boolean => lanes.some(is);
  const most = (of: (lane: Lane) => number): number => Math.max(...lanes.map(of));
  const live = any(lane => lane.live);
  const changed = any(lane => lane.news);
  const reached = watermark ?? Number.NEGATIVE_INFINITY;
  const closesAt = head.end + most(lane => lane.lateness);
  const expiresAt = most(lane => lane.changedAt) + most(lane => lane.retention);
  // An upload that is open may yet bring events for a window that it has fed.
  const awaited = uploadsOpen && any(lane => lane.uploaded);
  const complete = live ? reached >= head.end : !awaited;
  const final = !awaited && (live ? reached >= closesAt : now >= expiresAt);

  const shown = head.shown;
  const fired = shown !== undefined && shown.timing !== 'early';
  const news = changed || final || (complete && !fired);
  const timing: Timing = fired ? (changed ? 'late' : shown.timing) : complete ? 'onTime' : 'early';
  const pane = news ? { index: (shown?.index ?? -1) + 1, timing, final } : undefined;
  if (final) return { pane, due: undefined };
  const next = complete ? closesAt : head.end;
  return {
    pane,
    due: {
      watermark: live && reached < next ? next : null,
      at: live || awaited ? null : expiresAt,
      uploads: awaited,
    },
  };
}
