import type { PipelineEvent } from '../batches/batch.ts';

/** A moment at which a key wants to be told that it has come: by the clock, or by the watermark of its events. */
export interface KeyTimer {
  readonly time: 'processing' | 'event';
  /** ms since the epoch. It fires once the clock, or the watermark, is there. */
  readonly at: number;
}

/** An event for a key, and how it came. */
export interface KeyedEvent {
  readonly event: PipelineEvent;
  /** Whose event it is. */
  readonly pipeline: string;
  /** False for an upload: its events come in any order, and move no watermark. */
  readonly live: boolean;
}

/** What a key is told, one at a time. */
export type Input = KeyedEvent | { readonly timer: KeyTimer };

export interface Now {
  /** ms since the epoch. */
  readonly clock: number;
  /** How far event time is known to have come where this key is kept, ms; undefined before its first firing. Never back. */
  readonly watermark: number | undefined;
}

/** What comes of an input; all of it is kept, or none. */
export type Outcome<State, Output> =
  | {
      /** Plain JSON; undefined forgets the key, timers included. */
      readonly state: State | undefined;
      /** All timers that the key has from now on. One that has fired is gone unless a later moment is named here. */
      readonly timers: readonly KeyTimer[];
      readonly emit: readonly Output[];
    }
  /** The event is not taken, and why, for people: it becomes a dead letter. The key stays as it was. */
  | { readonly refused: string };

/**
 * A step's logic by key, pure: the same state and input always give the same outcome. As Flink's KeyedProcessFunction
 * ({@link https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/process_function/}), but that
 * timers are said all together, so that none is ever left over.
 */
export type KeyedProcess<State, Output> = (
  key: string,
  state: State | undefined,
  input: Input,
  now: Now,
) => Outcome<State, Output>;
