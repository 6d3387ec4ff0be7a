import type { Timestamp } from '../firestore/types.ts';
import { EvaluationError, UndecidedError } from './errors.ts';

/**
 * What an expression may come to. An int is a bigint and a float a number, since the language tells 1 from 1.0 in lists
 * and divides them differently. {@link https://firebase.google.com/docs/reference/rules/rules}
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | RulesSet
  | Path
  | Instant
  | Duration
  | LatLng
  | MapDiff
  | Open
  | PartialMap
  | PartialList
  | Constraint;

export class RulesSet {
  /** Each once. */
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** `/databases/(default)/documents/…`: a reference, or a name in a request. */
export class Path {
  readonly segments: readonly string[];
  constructor(segments: readonly string[]) {
    this.segments = segments;
  }
  toString(): string {
    return this.segments.map(segment => `/${segment}`).join('');
  }
}

const NANOS = 1_000_000_000n;

/** A timestamp. */
export class Instant {
  /** Since the epoch. */
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    if (nanos < FIRST || nanos >= LAST)
      throw new EvaluationError('A timestamp lies between the years 0001 and 9999.');
    this.nanos = nanos;
  }
  static of({ seconds, nanos }: Timestamp): Instant {
    return new Instant(BigInt(seconds) * NANOS + BigInt(nanos));
  }
}

const FIRST = -62_135_596_800n * NANOS;
const LAST = 253_402_300_800n * NANOS;

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class LatLng {
  readonly latitude: number;
  readonly longitude: number;
  constructor(latitude: number, longitude: number) {
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
      throw new EvaluationError('A latitude lies in [-90, 90] and a longitude in [-180, 180].');
    this.latitude = latitude;
    this.longitude = longitude;
  }
}

export class MapDiff {
  readonly now: ReadonlyMap<string, Value>;
  readonly before: ReadonlyMap<string, Value>;
  constructor(now: ReadonlyMap<string, Value>, before: ReadonlyMap<string, Value>) {
    this.now = now;
    this.before = before;
  }
}

/** Any value at all: a query leaves it open, so nothing can be said of it. */
export class Open {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** A map of which a query says some entries; it may have others. */
export class PartialMap {
  readonly known: ReadonlyMap<string, Value>;
  constructor(known: ReadonlyMap<string, Value>) {
    this.known = known;
  }
}

/** The keys of a map of which only some are known. */
export class PartialList {
  readonly known: readonly Value[];
  constructor(known: readonly Value[]) {
    this.known = known;
  }
}

export type Relation = '<' | '<=' | '>' | '>=' | '!=' | 'contains';

/** A field of which a query says something, but not what it is. */
export class Constraint {
  readonly conditions: readonly { readonly relation: Relation; readonly value: Value }[];
  constructor(conditions: Constraint['conditions']) {
    this.conditions = conditions;
  }
}

const CLASSES = [
  [RulesSet, 'set'],
  [Path, 'path'],
  [Instant, 'timestamp'],
  [Duration, 'duration'],
  [LatLng, 'latlng'],
  [MapDiff, 'map_diff'],
  [Uint8Array, 'bytes'],
  [Map, 'map'],
  [Open, 'open'],
  [PartialMap, 'partial map'],
  [PartialList, 'partial list'],
  [Constraint, 'constraint'],
] as const;

export type Type = 'null' | 'bool' | 'int' | 'float' | 'string' | 'list' | (typeof CLASSES)[number][1];

const PRIMITIVES: Readonly<Record<string, Type>> = {
  boolean: 'bool',
  bigint: 'int',
  number: 'float',
  string: 'string',
};

export function typeOf(value: Value): Type {
  if (value === null) return 'null';
  if (typeof value !== 'object') return PRIMITIVES[typeof value]!;
  if (Array.isArray(value)) return 'list';
  return CLASSES.find(([type]) => value instanceof type)![1];
}

/** @throws UndecidedError of what a query leaves open */
export function undecided(value: Value): never {
  throw new UndecidedError(
    value instanceof Open
      ? `the query leaves ${value.what} open`
      : 'the query does not say enough of a field to decide this',
  );
}

/** Whether a query leaves something of it open. */
export const isOpen = (value: Value): boolean =>
  value instanceof Open ||
  value instanceof PartialMap ||
  value instanceof PartialList ||
  value instanceof Constraint;
