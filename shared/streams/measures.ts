import type { Accumulator } from './aggregations/accumulator.ts';
import type { Aggregation } from './aggregations/spec.ts';
import { accumulatorOf } from './aggregations/table.ts';

/** Something that is computed of the events of a key, under a name. Equal ones are the same object ({@link measure}). */
export interface Measure {
  readonly name: string;
  readonly aggregation: Aggregation;
  /** The aggregation as canonical JSON. */
  readonly text: string;
  readonly accumulator: Accumulator<unknown>;
}

/** What is measured of each event: measures in the order of their names, each with what reads its input of a record. */
export interface Plan {
  readonly measures: readonly Measure[];
  readonly reads: readonly Read[];
}

export type Read = (data: Readonly<Record<string, unknown>>) => unknown;

const measures = new Map<string, Measure>();

/** @throws Error for an aggregation that this release does not have */
export function measure(name: string, aggregation: Aggregation): Measure {
  return measureOfText(name, canonical(aggregation));
}

/** The same of an aggregation's canonical JSON. */
export function measureOfText(name: string, text: string): Measure {
  const identity = `${name} ${text}`;
  const known = measures.get(identity);
  if (known) return known;
  const aggregation = JSON.parse(text) as Aggregation;
  const made: Measure = { name, aggregation, text, accumulator: accumulatorOf(aggregation) };
  measures.set(identity, made);
  return made;
}

/** A plan of named aggregations, in whatever order they come. */
export function planOf(named: readonly (readonly [name: string, Aggregation, Read])[]): Plan {
  const ordered = [...named].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    measures: ordered.map(([name, aggregation]) => measure(name, aggregation)),
    reads: ordered.map(([, , read]) => read),
  };
}

function canonical(aggregation: Aggregation): string {
  return JSON.stringify(Object.fromEntries(Object.entries(aggregation).sort(([a], [b]) => (a < b ? -1 : 1))));
}
