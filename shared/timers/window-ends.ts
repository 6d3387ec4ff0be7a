import type { Timer } from './timers.ts';

/** The end of windows of a pipeline: what a timer of the queue `window-ends` tells. */
export interface WindowEnd {
  readonly pipeline: string;
  /** ms since the epoch. */
  readonly end: number;
  /** The timer is the one for sources that had fallen silent; it sets no other. */
  readonly silence?: true;
}

/**
 * Events of the last moment are on their way still, and the first after the end, which lets it count as reached; `aggregate`
 * may hold them back for a second.
 */
const STRAGGLERS_MS = 2000;

/** All windows of a pipeline that end together share one timer. */
export function endTimer(pipeline: string, end: number): Timer {
  const data: WindowEnd = { pipeline, end };
  return {
    queue: 'window-ends',
    name: [pipeline, new Date(end).toISOString()],
    at: end + STRAGGLERS_MS,
    data,
  };
}

/** For the moment at which the silence of a pipeline's sources lets the end count as reached. */
export function silenceTimer({ pipeline, end }: WindowEnd, at: number): Timer {
  const data: WindowEnd = { pipeline, end, silence: true };
  return { queue: 'window-ends', name: [pipeline, new Date(end).toISOString(), 'silence'], at, data };
}
