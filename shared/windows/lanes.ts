import type { WindowSpec } from '../pipelines/pipeline.ts';
import type { Due } from '../streams/decide.ts';
import { sliceName } from '../streams/slices.ts';
import type { Sources } from '../streams/watermark.ts';
import { type Fields, millisOf } from './transaction.ts';

/** One instance of a pipeline's window, or one of the slices it is made of; times in ms since the epoch. */
export interface WindowInstance {
  readonly pipeline: string;
  readonly window: string;
  /** What gives it its meaning (`shape.ts`): another definition of the window counts for itself. */
  readonly shape: string;
  readonly start: number;
}

/**
 * What some of a slice's batches have come to: `_millrace/aggregate/lanes/…`. Batches are spread over the lanes, so that
 * concurrent ones rarely meet. Lane 0 is the slice's head: it exists once any lane does, says how many lanes there are,
 * and whether the slice is sealed. A slice of sessions has one lane more: what goes on from the slice before.
 */
export interface Lane extends WindowInstance {
  readonly end: number;
  readonly lane: number | typeof CARRY;
  /** Fixed when the head is made; the pipeline's newer versions change it for later slices only. */
  readonly lanes: number;
  /** The pipeline's, at the last batch, and the window as it has it. Closing needs no pipeline: it may have been removed. */
  readonly version: string;
  readonly spec: WindowSpec;
  /** ms; the longest of all versions that have counted here. */
  readonly lateness: number;
  readonly retention: number;
  /** Encoded: what has come last, which is all of it while that is small. */
  readonly state: Uint8Array;
  /** Names of the segments with the rest, a document each (`shared/streams/segments.ts`). */
  readonly chunks: readonly string[];
  readonly sources: Sources;
  /** Whether live events, and whether events of uploads, have contributed. */
  readonly live: boolean;
  readonly uploaded: boolean;
  /** How often it has changed, and by how many events. A pane says how much of it is shown: windows may share a slice. */
  readonly commits: number;
  readonly events: number;
  /** Holds what no tick has taken in yet: events, or progress of its sources that the watermark does not know. */
  readonly dirty: boolean;
  readonly sealed: boolean;
  /** Takes no events, though it is not sealed: it came to be for what is carried into it, and the slice after it is closed. */
  readonly shut?: true;
  /** By the clock: the first and the last change. */
  readonly since: number;
  readonly changedAt: number;
  /** The head's alone: what to wait for. */
  readonly due?: Due;
  /** The carry's alone: names its state, so that it is written only where it is another. */
  readonly digest?: string;
}

/** What a lane has before anything is in it. */
export const EMPTY_LANE = {
  state: new Uint8Array(),
  chunks: [],
  sources: {},
  live: false,
  uploaded: false,
  commits: 0,
  events: 0,
  dirty: false,
  sealed: false,
} as const satisfies Partial<Lane>;

/** The lane of the sessions that go on from the slice before; written anew each time, never added to. */
export const CARRY = 'carry';

const LANES = '_millrace/aggregate/lanes';

export function lanePath({ pipeline, window, shape, start }: WindowInstance, lane: Lane['lane']): string {
  return `${LANES}/${sliceName(pipeline, window, start)}~${shape}~${lane}`;
}

/** The bits follow a letter: a document id of digits alone reads like an array index in some consoles. */
export function chunkPath(lane: string, chunk: string): string {
  return `${lane}/chunks/c${chunk}`;
}

/**
 * The state that a segment's document holds.
 * @throws Error where there is none: it goes in the commit that takes its name from its lane, so this never is a matter of time
 */
export function segmentState(path: string, fields: Fields | undefined): Uint8Array {
  const state = fields?.['state'];
  if (state instanceof Uint8Array) return state;
  throw new Error(`${path} is missing, and its lane names it: part of a window's state has been deleted.`);
}

export function laneFields(lane: Lane): Fields {
  const { start, end, since, changedAt, due, ...rest } = lane;
  return {
    ...rest,
    start: new Date(start),
    end: new Date(end),
    since: new Date(since),
    changedAt: new Date(changedAt),
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
    since: millisOf(fields['since']),
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
