import { hash32 } from './hash.ts';

/** What is known about a live source; both in ms since the epoch. */
export interface SourceProgress {
  /** Latest event time. */
  readonly time: number;
  /** When (by the clock) an event of it was last counted. */
  readonly seen: number;
}

/** By slot, a decimal number. Sources share slots where there are more than {@link SLOTS}: then the furthest counts. */
export type Sources = Readonly<Record<string, SourceProgress>>;

/** How far event time has come in a pipeline's live sources. */
export interface Watermark {
  readonly sources: Sources;
  /** The furthest the watermark has ever been, ms; undefined before the first live event. */
  readonly latched: number | undefined;
}

export const SLOTS = 64;

/** A source that has been silent for so long holds nobody back. */
export const IDLE_MS = 120_000;

export const NO_WATERMARK: Watermark = { sources: {}, latched: undefined };

export function slotOf(source: string): string {
  return String(hash32(source) % SLOTS);
}

export function mergeSources(a: Sources, b: Sources): Sources {
  const merged: Record<string, SourceProgress> = { ...a };
  for (const [slot, progress] of Object.entries(b)) {
    const known = merged[slot];
    merged[slot] = known
      ? { time: Math.max(known.time, progress.time), seen: Math.max(known.seen, progress.seen) }
      : progress;
  }
  return merged;
}

/**
 * The watermark at a moment: the least progress among the sources that are not idle, and never back. When all have
 * gone silent it moves on with the clock from the latest event, or the last windows would stay open for ever.
 * @returns ms, or undefined where no live source is known
 */
export function watermarkAt({ sources, latched }: Watermark, now: number): number | undefined {
  const known = Object.values(sources);
  if (known.length === 0) return latched;
  const active = known.filter(source => now - source.seen <= IDLE_MS);
  const reached = active.length
    ? Math.min(...active.map(source => source.time))
    : Math.max(...known.map(source => source.time)) +
      (now - Math.max(...known.map(source => source.seen)) - IDLE_MS);
  return Math.max(reached, latched ?? Number.NEGATIVE_INFINITY);
}

/**
 * When the watermark reaches a time if no further event comes: by sources falling idle, at last by the clock alone.
 * @returns ms by the clock, at least `now`; undefined where no live source is known
 */
export function reachedBySilence(watermark: Watermark, time: number, now: number): number | undefined {
  const known = Object.values(watermark.sources);
  if (known.length === 0) return undefined;
  const silent = known.map(({ seen }) => seen + IDLE_MS + 1).filter(moment => moment > now);
  const found = [now, ...silent.sort((a, b) => a - b)].find(
    moment => (watermarkAt(watermark, moment) ?? Number.NEGATIVE_INFINITY) >= time,
  );
  if (found !== undefined) return found;
  const furthest = Math.max(...known.map(source => source.time));
  return time - furthest + Math.max(...known.map(({ seen }) => seen)) + IDLE_MS;
}

/** Whether progress that a lane has seen is known already. */
export function covers(known: Sources, seen: Sources): boolean {
  return Object.entries(seen).every(([slot, { time, seen: at }]) => {
    const source = known[slot];
    return source !== undefined && source.time >= time && source.seen >= at;
  });
}

/** Takes in what lanes have seen. The same watermark object comes back where nothing is new. */
export function advanceWatermark(watermark: Watermark, seen: Sources, now: number): Watermark {
  if (covers(watermark.sources, seen)) return watermark;
  const sources = mergeSources(watermark.sources, seen);
  // A silent source that speaks again must not take back what its silence allowed.
  const before = watermarkAt(watermark, now);
  return { sources, latched: watermarkAt({ sources, latched: before }, now) };
}
