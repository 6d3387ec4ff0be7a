import type { Accumulator, EventIdentity } from './accumulator.ts';

type Scalar = string | number | boolean;

/** The value of one of the events. */
export interface Chosen {
  /** Undefined while there is none; a text is cut to {@link LONGEST_TEXT}. */
  value: Scalar | undefined;
  time: number;
  source: string;
  id: string;
}

export interface ShownChosen {
  readonly value: Scalar | null;
  /** RFC 3339, of the event it is from. */
  readonly time: string | null;
}

export const LONGEST_TEXT = 1000;

/** The value of the first event that has one: by time, then source, then id. */
export const first = chosenBy(-1);
/** The value of the last event that has one, in the same order. */
export const last = chosenBy(1);

function chosenBy(sign: 1 | -1): Accumulator<Chosen, ShownChosen> {
  /** Whether one event comes after another in the direction asked for. */
  const wins = (value: Scalar, time: number, { source, id }: EventIdentity, over: Chosen): boolean => {
    if (over.value === undefined) return true;
    if (time !== over.time) return time > over.time === sign > 0;
    const order =
      compare(source, over.source) ||
      compare(id, over.id) ||
      // One event that came with two contents: either would do, but always the same.
      compare(JSON.stringify(value), JSON.stringify(over.value));
    return order * sign > 0;
  };
  const take = (into: Chosen, value: Scalar, time: number, { source, id }: EventIdentity): void => {
    into.value = value;
    into.time = time;
    into.source = source;
    into.id = id;
  };
  return {
    empty: () => ({ value: undefined, time: 0, source: '', id: '' }),
    add(into, input, time, event) {
      const value = scalarOf(input);
      if (value !== undefined && wins(value, time, event, into)) take(into, value, time, event);
    },
    merge(into, from) {
      if (from.value !== undefined && wins(from.value, from.time, from, into)) {
        take(into, from.value, from.time, from);
      }
    },
    write({ value, time, source, id }, writer) {
      writer.text(value === undefined ? '' : JSON.stringify(value));
      if (value === undefined) return;
      writer.signed(time);
      writer.text(source);
      writer.text(id);
    },
    read(reader) {
      const text = reader.text();
      if (text === '') return this.empty();
      return {
        value: JSON.parse(text) as Scalar,
        time: reader.signed(),
        source: reader.text(),
        id: reader.text(),
      };
    },
    show: ({ value, time }) =>
      value === undefined ? { value: null, time: null } : { value, time: new Date(time).toISOString() },
  };
}

function scalarOf(input: unknown): Scalar | undefined {
  if (typeof input === 'string') return input.slice(0, LONGEST_TEXT).toWellFormed();
  if (typeof input === 'number') return Number.isFinite(input) ? input + 0 : undefined;
  return typeof input === 'boolean' ? input : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
