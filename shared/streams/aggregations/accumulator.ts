import type { ByteReader, ByteWriter } from '../bytes.ts';

/** What tells events of the same time apart: together the two are an event's identity. */
export interface EventIdentity {
  readonly source: string;
  readonly id: string;
}

/** The stretch of event time that a result is about, ms since the epoch: the window, a session, or all of time. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** The latest event of all keys, as far as measures know it: what values that fade are shown as of. */
  readonly latest: number;
}

/**
 * A value that grows event by event and merges with another of its kind, in any order and any grouping, to the same
 * result and the same bytes. What a window knows about a key is made of such values.
 */
export interface Accumulator<Value, Shown = unknown> {
  empty(): Value;
  /**
   * Takes what one event says, in place and without allocating where it can.
   * @param input what stands at the measure's path; anything, since records come from outside
   * @param time of the event, ms since the epoch
   */
  add(into: Value, input: unknown, time: number, event: EventIdentity): void;
  /** Takes another value, in place; `from` stays as it is. */
  merge(into: Value, from: Value): void;
  /** Canonical: equal values write equal bytes, whatever they came about by. */
  write(value: Value, writer: ByteWriter): void;
  /** Reads just what {@link write} wrote. */
  read(reader: ByteReader): Value;
  /** As a result document shows it: plain JSON. */
  show(value: Value, span: Span): Shown;
  /** The latest event, where the value knows it, ms. */
  latest?(value: Value): number;
}
