import { type Decision, decide as decideOver, type Moment } from '../../shared/streams/decide.ts';
import type { Sources } from '../../shared/streams/watermark.ts';
import type { Lane } from '../../shared/windows/lanes.ts';

/** What the world looks like to a pipeline's windows at a tick. */
export interface Situation extends Moment {
  /** What the watermark was computed from. */
  readonly sources: Sources;
}

/** Decides over a window by its lanes, the head first. */
export function decide(lanes: readonly Lane[], situation: Situation): Decision {
  const head = lanes[0]!;
  const any = (is: (lane: Lane) => boolean): boolean => lanes.some(is);
  const most = (of: (lane: Lane) => number): number => Math.max(...lanes.map(of));
  const news = lanes.filter(lane => lane.news);
  const facts = {
    end: head.end,
    lateness: most(lane => lane.lateness),
    retention: most(lane => lane.retention),
    live: any(lane => lane.live),
    uploaded: any(lane => lane.uploaded),
    changedAt: most(lane => lane.changedAt),
    unshown:
      news.length > 0 ? { events: 1, since: Math.min(...news.map(lane => lane.changedAt)) } : undefined,
    shown: head.shown,
    early: undefined,
  };
  return decideOver(facts, situation);
}
