import { ByteReader, ByteWriter } from './bytes.ts';
import { type Statistics, statistics } from './statistics.ts';

/** What a window (or a slice, or a lane of one) knows: its groups by key. */
export type WindowState = Map<string, Group>;

export interface Group {
  /** Events of this key, whether or not they had values. */
  count: number;
  /** By the measure's name. */
  readonly measures: Map<string, Statistics>;
}

const FORMAT = 1;

/** The group of a key, made where it is missing. */
export function groupOf(state: WindowState, key: string): Group {
  const known = state.get(key);
  if (known) return known;
  const group: Group = { count: 0, measures: new Map() };
  state.set(key, group);
  return group;
}

/** The statistics of a measure, made where they are missing. */
export function measureOf(group: Group, name: string): Statistics {
  const known = group.measures.get(name);
  if (known) return known;
  const made = statistics.empty();
  group.measures.set(name, made);
  return made;
}

/** Takes another state, in place; `from` stays as it is. */
export function mergeState(into: WindowState, from: WindowState): void {
  for (const [key, group] of from) {
    const target = groupOf(into, key);
    target.count += group.count;
    for (const [name, value] of group.measures) statistics.merge(measureOf(target, name), value);
  }
}

/**
 * Canonical bytes: equal states give equal bytes, whatever the order in which they came about. A format number, the names
 * of the measures, then the groups by key: count, and each measure as the place of its name and its numbers. (JSON takes
 * more than twice as long, most of it to write doubles as text.)
 */
export function encodeState(state: WindowState): Uint8Array {
  const used = new Set<string>();
  for (const { measures } of state.values()) for (const name of measures.keys()) used.add(name);
  const names = [...used].sort();
  const writer = new ByteWriter();
  writer.length(FORMAT);
  writer.length(names.length);
  for (const name of names) writer.text(name);
  writer.length(state.size);
  for (const key of [...state.keys()].sort()) {
    const { count, measures } = state.get(key)!;
    writer.text(key);
    writer.double(count);
    writer.length(measures.size);
    for (const [place, name] of names.entries()) {
      const value = measures.get(name);
      if (!value) continue;
      const numbers = statistics.encode(value);
      writer.length(place);
      writer.length(numbers.length);
      for (const number of numbers) writer.double(number);
    }
  }
  return writer.bytes();
}

/** @throws Error when the bytes were written by a later release */
export function decodeState(bytes: Uint8Array): WindowState {
  const state: WindowState = new Map();
  if (bytes.length === 0) return state;
  const reader = new ByteReader(bytes);
  const format = reader.length();
  if (format !== FORMAT) {
    throw new Error(`Window state has format ${format}; this release reads ${FORMAT}. Deploy the later one.`);
  }
  const names = Array.from({ length: reader.length() }, () => reader.text());
  for (let groups = reader.length(); groups > 0; groups--) {
    const key = reader.text();
    const group: Group = { count: reader.double(), measures: new Map() };
    for (let measures = reader.length(); measures > 0; measures--) {
      const name = names[reader.length()]!;
      const numbers: number[] = [];
      for (let length = reader.length(); length > 0; length--) numbers.push(reader.double());
      group.measures.set(name, statistics.decode(numbers));
    }
    state.set(key, group);
  }
  return state;
}
