import type { WindowInstance } from '../windows/lanes.ts';
import type { Timer } from './timers.ts';

/** A moment at which windows of a pipeline are to be looked at: what a timer of the queue `window-ends` tells. */
export interface WindowEnd {
  readonly pipeline: string;
  /** ms since the epoch: their end, unless it is `early`. */
  readonly end: number;
  /** The timer is the one for sources that had fallen silent; it sets no other. */
  readonly silence?: true;
  /** They need not have ended. */
  readonly early?: true;
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

/** For windows that are shown as time goes by: one for all of a pipeline that are looked at together. */
export function earlyTimer(pipeline: string, at: number): Timer {
  const data: WindowEnd = { pipeline, end: at, early: true };
  return { queue: 'window-ends', name: [pipeline, new Date(at).toISOString(), 'early'], at, data };
}

/** For a window that is shown once enough events wait: the lane that holds them asks at once. */
export function askTimer(
  { pipeline, window, shape, start }: WindowInstance,
  lane: number,
  times: number,
  now: number,
): Timer {
  const data: WindowEnd = { pipeline, end: now, early: true };
  const name = [pipeline, window, shape, new Date(start).toISOString(), `${lane}`, `${times}`, 'ask'];
  return { queue: 'window-ends', name, at: now, data };
}
