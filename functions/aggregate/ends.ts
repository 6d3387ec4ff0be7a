import type { EventBatch } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { sliceStart } from '../../shared/streams/slices.ts';
import type { Timers } from '../../shared/timers/timers.ts';
import { endTimer } from '../../shared/timers/window-ends.ts';

/** After a failure timers are left alone for so long: the schedule makes up for them, and no batch waits in vain. */
const PAUSE_MS = 60_000;
/** Cloud Tasks takes no later times. */
const FURTHEST_MS = 29 * 24 * 3600_000;
const MOST_KNOWN = 10_000;

/**
 * Has the windows of live events looked at when they end, by a timer each: one request per window and instance, not per
 * event. A window that is over by the clock when its first event comes, as with sources that are behind, is left to the
 * schedule, and so is any whose timer cannot be set.
 */
export class WindowEnds {
  readonly #timers: Timers;
  readonly #warn: (error: unknown) => void;
  /** Ends with a timer, by pipeline and end; the value is the end. */
  readonly #known = new Map<string, number>();
  #pausedUntil = 0;

  constructor(timers: Timers, warn: (error: unknown) => void) {
    this.#timers = timers;
    this.#warn = warn;
  }

  /** Resolves once the timers are set, or have failed. Never rejects. */
  async watch(batch: EventBatch, pipeline: Pipeline, now: number): Promise<void> {
    if (batch.upload !== undefined || now < this.#pausedUntil) return;
    const fresh = endsOf(batch, pipeline).filter(
      end => end > now && end - now < FURTHEST_MS && !this.#known.has(`${pipeline.name} ${end}`),
    );
    await Promise.all(fresh.map(end => this.#set(pipeline.name, end, now)));
  }

  async #set(pipeline: string, end: number, now: number): Promise<void> {
    const key = `${pipeline} ${end}`;
    if (this.#known.size >= MOST_KNOWN) this.#forget(now);
    this.#known.set(key, end);
    try {
      await this.#timers.set(endTimer(pipeline, end));
    } catch (error) {
      this.#known.delete(key);
      // One word for all that were under way.
      if (now < this.#pausedUntil) return;
      this.#pausedUntil = now + PAUSE_MS;
      this.#warn(error);
    }
  }

  #forget(now: number): void {
    for (const [key, end] of this.#known) if (end <= now) this.#known.delete(key);
    // Setting one again does no harm.
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
  }
}

/** When the windows end that the batch's events fall into, each moment once. */
function endsOf({ events }: EventBatch, { windows }: Pipeline): number[] {
  const sizes = new Set(windows.map(({ size }) => size * 1000));
  const ends = new Set<number>();
  for (const event of events) {
    const time = Date.parse(event.time);
    for (const size of sizes) ends.add(sliceStart(time, size) + size);
  }
  return [...ends];
}
