import { type Decision, decide as decideOver, type Moment } from '../../shared/streams/decide.ts';
import type { Sources } from '../../shared/streams/watermark.ts';
import type { Lane } from '../../shared/windows/lanes.ts';
import type { Counted, ShownPane } from '../../shared/windows/shown.ts';

/** What the world looks like to a pipeline's windows at a tick. */
export interface Situation extends Moment {
  /** What the watermark was computed from. */
  readonly sources: Sources;
}

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
  const any = (is: (lane: Lane) => boolean): boolean => lanes.some(is);
  const most = (of: (lane: Lane) => number): number => Math.max(...lanes.map(of));
  const { commits, events } = countedIn(lanes);
  const facts = {
    end,
    lateness: most(lane => lane.lateness),
    retention: most(lane => lane.retention),
    live: any(lane => lane.live),
    uploaded: any(lane => lane.uploaded),
    changedAt: most(lane => lane.changedAt),
    unshown:
      commits > (shown?.counted.commits ?? 0)
        ? {
            events: events - (shown?.counted.events ?? 0),
            since: shown?.at ?? Math.min(...lanes.map(lane => lane.since)),
          }
        : undefined,
    shown,
    early: undefined,
  };
  return decideOver(facts, situation);
}

/** How much lanes have taken in: it only grows. */
export function countedIn(lanes: readonly Lane[]): Counted {
  return lanes.reduce(
    (sum, lane) => ({ commits: sum.commits + lane.commits, events: sum.events + lane.events }),
    { commits: 0, events: 0 },
  );
}
