import type { EventBatch } from '../../shared/batches/batch.ts';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { sliceOf, windowsOf } from '../../shared/streams/slices.ts';
import type { Timer, Timers } from '../../shared/timers/timers.ts';
import { askTimer, earlyTimer, endTimer } from '../../shared/timers/window-ends.ts';
import { windowingOf } from '../../shared/windows/windowing.ts';
import type { Ask } from './asks.ts';

/** After a failure timers are left alone for so long: the schedule makes up for them, and no batch waits in vain. */
const PAUSE_MS = 60_000;
/** Cloud Tasks takes no later times. */
const FURTHEST_MS = 29 * 24 * 3600_000;
const MOST_KNOWN = 10_000;

/**
 * Has the windows of live events looked at when they end, and as often before as they say, by a timer each: one request per
 * moment and instance, not per event. A window that is over by the clock when its first event comes, as with sources that are behind, is left to the
 * schedule, and so is any whose timer cannot be set.
 */
export class WindowEnds {
  readonly #timers: Timers;
  readonly #warn: (error: unknown) => void;
  /** Moments with a timer, by what it is for; the value is the moment. */
  readonly #known = new Map<string, number>();
  #pausedUntil = 0;

  constructor(timers: Timers, warn: (error: unknown) => void) {
    this.#timers = timers;
    this.#warn = warn;
  }

  /** Resolves once the timers are set, or have failed. Never rejects. */
  async watch(batch: EventBatch, pipeline: Pipeline, asks: readonly Ask[], now: number): Promise<void> {
    if (batch.upload !== undefined || now < this.#pausedUntil) return;
    const { name } = pipeline;
    const ends = endsOf(batch, pipeline).filter(end => end > now);
    const timers = [
      ...ends.map(end => endTimer(name, end)),
      ...nextLooks(pipeline, now).map(at => earlyTimer(name, at)),
      ...asks.map(({ slice, lane, times }) => askTimer(slice, lane, times, now)),
    ];
    const fresh = timers.filter(timer => timer.at - now < FURTHEST_MS && !this.#known.has(keyOf(timer)));
    await Promise.all(fresh.map(timer => this.#set(timer, now)));
  }

  async #set(timer: Timer, now: number): Promise<void> {
    const key = keyOf(timer);
    if (this.#known.size >= MOST_KNOWN) this.#forget(now);
    this.#known.set(key, timer.at);
    try {
      await this.#timers.set(timer);
    } catch (error) {
      this.#known.delete(key);
      // One word for all that were under way.
      if (now < this.#pausedUntil) return;
      this.#pausedUntil = now + PAUSE_MS;
      this.#warn(error);
    }
  }

  #forget(now: number): void {
    for (const [key, at] of this.#known) if (at <= now) this.#known.delete(key);
    // Setting one again does no harm.
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
  }
}

/** When the windows end that the batch's events fall into, each moment once. */
function endsOf({ events }: EventBatch, { windows }: Pipeline): number[] {
  const ends = new Set<number>();
  const times = [...new Set(events.map(event => Date.parse(event.time)))];
  for (const spec of windows) for (const end of endsAfter(spec, times)) ends.add(end);
  return [...ends];
}

function endsAfter(spec: WindowSpec, times: readonly number[]): Iterable<number> {
  const windowing = windowingOf(spec);
  if (windowing.kind === 'global') return [];
  const slices = new Map(
    times.map(time => {
      const slice = sliceOf(windowing, time);
      return [slice.start, slice];
    }),
  );
  const ends = new Set<number>();
  for (const slice of slices.values()) {
    for (const { end } of windowsOf(windowing, slice)) ends.add(end);
    // A session of its events ends in the next slice, if no other follows.
    if (windowing.kind === 'session') ends.add(slice.end + windowing.gap);
  }
  return ends;
}

/** When windows that are to be shown as time goes by are looked at next: at multiples, so that all agree on the moments. */
function nextLooks({ windows }: Pipeline, now: number): number[] {
  const periods = new Set(windows.flatMap(({ early }) => (early?.every ? [early.every * 1000] : [])));
  return [...new Set([...periods].map(period => (Math.floor(now / period) + 1) * period))];
}

const keyOf = ({ name }: Timer): string => name.join(' ');
