import { type Statistics, statistics } from './statistics.ts';

/** What a window (or a slice, or a lane of one) knows: its groups by key. */
export type WindowState = Map<string, Group>;

export interface Group {
  /** Events of this key, whether or not they had values. */
  count: number;
  /** By the measure's name. */
  readonly measures: Map<string, Statistics>;
}

/** A group as it is stored: key, count, then each measure as its name and its numbers. */
type EncodedGroup = [key: string, count: number, ...measures: (readonly [string, ...number[]])[]];

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

/** Canonical bytes: equal states give equal bytes, whatever the order in which they came about. */
export function encodeState(state: WindowState): Uint8Array {
  const groups: EncodedGroup[] = [];
  for (const key of [...state.keys()].sort()) {
    const group = state.get(key)!;
    const encoded: EncodedGroup = [key, group.count];
    const names = group.measures.size > 1 ? [...group.measures.keys()].sort() : group.measures.keys();
    for (const name of names) encoded.push([name, ...statistics.encode(group.measures.get(name)!)]);
    groups.push(encoded);
  }
  return Buffer.from(JSON.stringify({ format: FORMAT, groups }));
}

/** @throws Error when the bytes were written by a later release */
export function decodeState(bytes: Uint8Array): WindowState {
  const state: WindowState = new Map();
  if (bytes.length === 0) return state;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const { format, groups } = JSON.parse(text) as { format: number; groups: EncodedGroup[] };
  if (format !== FORMAT) {
    throw new Error(`Window state has format ${format}; this release reads ${FORMAT}. Deploy the later one.`);
  }
  for (const [key, count, ...measures] of groups) {
    const group: Group = { count, measures: new Map() };
    for (const [name, ...numbers] of measures) group.measures.set(name, statistics.decode(numbers));
    state.set(key, group);
  }
  return state;
}
