import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { type Decision, decide as decideOver, type Early, type Moment } from '../../shared/streams/decide.ts';
import type { Sources } from '../../shared/streams/watermark.ts';
import { askAfter } from '../../shared/windows/early.ts';
import type { Lane } from '../../shared/windows/lanes.ts';
import type { Counted, ShownPane } from '../../shared/windows/shown.ts';
import { newestOf } from './lanes.ts';

/** What the world looks like to a pipeline's windows at a tick. */
export interface Situation extends Moment {
  /** What the watermark was computed from. */
  readonly sources: Sources;
}

/** What waits for something that nothing tells of is looked at this often. */
export const LOOK_AGAIN_MS = 60_000;

/**
 * Decides over a window by its lanes and what has been shown of it.
 * @param end of the window, ms
 */
export function decide(
  end: number,
  lanes: readonly Lane[],
  shown: ShownPane | undefined,
  situation: Situation,
): Decision {
  return decideOver(factsOf(end, lanes, shown, situation), situation);
}

/** The same where something else has to close first: the window is shown, and closes another time. */
export function decideHeld(
  end: number,
  lanes: readonly Lane[],
  shown: ShownPane | undefined,
  situation: Situation,
): Decision {
  const { pane } = decideOver({ ...factsOf(end, lanes, shown, situation), held: true }, situation);
  return { pane, due: { watermark: null, at: situation.now + LOOK_AGAIN_MS, uploads: false } };
}

function factsOf(
  end: number,
  lanes: readonly Lane[],
  shown: ShownPane | undefined,
  { uploadsOpen }: Situation,
) {
  const any = (is: (lane: Lane) => boolean): boolean => lanes.some(is);
  const most = (of: (lane: Lane) => number): number => Math.max(...lanes.map(of));
  const { commits, events } = countedIn(lanes);
  const { spec, lanes: count } = newestOf(lanes);
  const uploaded = any(lane => lane.uploaded);
  const early = earlyOf(spec, count, uploaded && !uploadsOpen);
  const since = shown?.at ?? Math.min(...lanes.map(lane => lane.since));
  return {
    end,
    lateness: most(lane => lane.lateness),
    retention: most(lane => lane.retention),
    live: any(lane => lane.live),
    uploaded,
    changedAt: most(lane => lane.changedAt),
    unshown:
      commits > (shown?.counted.commits ?? 0)
        ? { events: events - (shown?.counted.events ?? 0), since: alignedTo(since, early?.every) }
        : undefined,
    shown,
    early,
  };
}

/**
 * Undefined: whatever is new is shown whenever somebody looks, as ever with tumbling windows. Others would be shown very
 * often, or before there is much to see, so they say when.
 * @param counted what uploads have brought is all counted: of the global window nothing else would tell that it is
 */
function earlyOf({ kind, early }: WindowSpec, lanes: number, counted: boolean): Early | undefined {
  if (kind === 'global' && counted) return undefined;
  if (!early) return kind && {};
  return {
    ...(early.every !== undefined && { every: early.every * 1000 }),
    ...(early.count !== undefined && { count: askAfter(early.count, lanes) }),
  };
}

/** Timers ring at multiples of the period: what came since the last of them is shown at the next. */
function alignedTo(since: number, period: number | undefined): number {
  return period === undefined ? since : Math.floor(since / period) * period;
}

/** How much lanes have taken in: it only grows. */
export function countedIn(lanes: readonly Lane[]): Counted {
  return lanes.reduce(
    (sum, lane) => ({ commits: sum.commits + lane.commits, events: sum.events + lane.events }),
    { commits: 0, events: 0 },
  );
}
