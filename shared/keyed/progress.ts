import type { EventBatch } from '../batches/batch.ts';
import { hash32 } from '../streams/hash.ts';
import {
  mergeSources,
  reachedBySilence,
  type SourceProgress,
  type Sources,
  slotOf,
  watermarkAt,
} from '../streams/watermark.ts';
import type { Fields } from '../windows/transaction.ts';
import { collectionOf } from './documents.ts';

/** How far the live sources of an operator's pipelines have come, by pipeline. */
export type Progress = Readonly<Record<string, Sources>>;

/** Concurrent batches write to different documents. */
const LANES = 4;

/** Progress is kept in a few documents apart from the keys: some groups hear of an event, all have to know the time. */
export function progressPath(step: string, operator: string, batch: string): string {
  return `${collectionOf(step, 'progress')}/${operator}~${hash32(batch) % LANES}`;
}

/** What a batch says of its sources; nothing for an upload. */
export function progressOf(batch: EventBatch, clock: number): Progress {
  if (batch.upload !== undefined) return {};
  const sources: Record<string, SourceProgress> = {};
  for (const { source, time } of batch.events) {
    const slot = slotOf(source);
    const at = Date.parse(time);
    sources[slot] = { time: Math.max(at, sources[slot]?.time ?? at), seen: clock };
  }
  return { [batch.pipeline]: sources };
}

export function mergeProgress(a: Progress, b: Progress): Progress {
  const merged: Record<string, Sources> = { ...a };
  for (const [pipeline, sources] of Object.entries(b))
    merged[pipeline] = mergeSources(merged[pipeline] ?? {}, sources);
  return merged;
}

export const progressFrom = (fields: Fields | undefined): Progress => (fields?.['inputs'] ?? {}) as Progress;

/** The least of the pipelines' watermarks; undefined while one of them has had no live event. */
export function watermarkOf(
  progress: Progress,
  pipelines: readonly string[],
  clock: number,
): number | undefined {
  const reached = pipelines.map(one =>
    watermarkAt({ sources: progress[one] ?? {}, latched: undefined }, clock),
  );
  return reached.length > 0 && reached.every(one => one !== undefined) ? Math.min(...reached) : undefined;
}

/** When the watermark comes to a moment if nobody speaks any more, by the clock; undefined where it never does. */
export function reachedAt(
  progress: Progress,
  pipelines: readonly string[],
  moment: number,
  clock: number,
): number | undefined {
  const reached = pipelines.map(one =>
    reachedBySilence({ sources: progress[one] ?? {}, latched: undefined }, moment, clock),
  );
  return reached.length > 0 && reached.every(one => one !== undefined) ? Math.max(...reached) : undefined;
}
