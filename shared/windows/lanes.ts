import type { Due, Shown } from '../streams/decide.ts';
import { sliceName } from '../streams/slices.ts';
import type { Sources } from '../streams/watermark.ts';
import { type Fields, millisOf } from './transaction.ts';

/** One instance of a pipeline's window; times in ms since the epoch. */
export interface WindowInstance {
  readonly pipeline: string;
  readonly window: string;
  readonly start: number;
}

/**
 * What some of a window's batches have come to: `_millrace/aggregate/lanes/…`. Batches are spread over the lanes, so that
 * concurrent ones rarely meet. Lane 0 is the window's head: it exists once any lane does, says how many lanes there are,
 * and whether the window is sealed.
 */
export interface Lane extends WindowInstance {
  readonly end: number;
  readonly lane: number;
  /** Fixed when the head is made; the pipeline's newer versions change it for later windows only. */
  readonly lanes: number;
  /** The pipeline's, at the last batch. */
  readonly version: string;
  /** ms; see WindowSpec. Kept here so that closing needs no pipeline, which may have been removed meanwhile. */
  readonly lateness: number;
  readonly retention: number;
  /** Encoded state, or empty where it lies in chunks. */
  readonly state: Uint8Array;
  /** Names of the chunk documents; none while the state is in one piece. */
  readonly chunks: readonly string[];
  readonly sources: Sources;
  /** Whether live events, and whether events of uploads, have contributed. */
  readonly live: boolean;
  readonly uploaded: boolean;
  /** Holds what no pane shows yet. */
  readonly news: boolean;
  /** Holds what no tick has taken in yet: news, or progress of its sources that the watermark does not know. */
  readonly dirty: boolean;
  readonly sealed: boolean;
  /** By the clock. */
  readonly changedAt: number;
  /** The head's alone: what has been shown, and what to wait for. */
  readonly shown?: Shown;
  readonly due?: Due;
}

const LANES = '_millrace/aggregate/lanes';

export function lanePath({ pipeline, window, start }: WindowInstance, lane: number): string {
  return `${LANES}/${sliceName(pipeline, window, start)}~${lane}`;
}

/** The bits follow a letter: a document id of digits alone reads like an array index in some consoles. */
export function chunkPath(lane: string, chunk: string): string {
  return `${lane}/chunks/c${chunk}`;
}

export function laneFields(lane: Lane): Fields {
  const { start, end, changedAt, shown, due, ...rest } = lane;
  return {
    ...rest,
    start: new Date(start),
    end: new Date(end),
    changedAt: new Date(changedAt),
    ...(shown && { shown }),
    ...(due && dueFields(due)),
  };
}

export function dueFields({ watermark, at, uploads }: Due): Fields {
  return {
    dueWatermark: watermark === null ? null : new Date(watermark),
    dueAt: at === null ? null : new Date(at),
    dueUploads: uploads,
  };
}

export function laneOf(fields: Fields): Lane {
  const { dueWatermark, dueAt, dueUploads, ...rest } = fields;
  return {
    ...(rest as unknown as Lane),
    start: millisOf(fields['start']),
    end: millisOf(fields['end']),
    changedAt: millisOf(fields['changedAt']),
    ...(typeof dueUploads === 'boolean' && {
      due: {
        watermark: dueWatermark ? millisOf(dueWatermark) : null,
        at: dueAt ? millisOf(dueAt) : null,
        uploads: dueUploads,
      },
    }),
  };
}
