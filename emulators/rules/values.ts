import type { Value as FirestoreValue, Timestamp } from '../firestore/types.ts';
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
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items.filter((item, i) => items.findIndex(other => same(item, other)) === i);
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

/** What `==` says: 1 equals 1.0, though not within lists and maps. */
export function equal(a: Value, b: Value): boolean {
  const numbers = ['bigint', 'number'];
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number of the same value are equal by this alone
  if (numbers.includes(typeof a) && numbers.includes(typeof b)) return a == b;
  return same(a, b);
}

/** Same type and same contents. @throws UndecidedError */
export function same(a: Value, b: Value): boolean {
  if (isOpen(a) || isOpen(b)) return undecided(isOpen(a) ? a : b);
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  return (SAME[type] ?? Object.is)(a as never, b as never);
}

const sameItems = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, i) => same(item, b[i]!));

const SAME: { readonly [T in Type]?: (a: never, b: never) => boolean } = {
  list: sameItems,
  map: (a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>) =>
    a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)!)),
  set: (a: RulesSet, b: RulesSet) =>
    a.items.length === b.items.length && a.items.every(item => b.items.some(other => same(item, other))),
  path: (a: Path, b: Path) => sameItems(a.segments, b.segments),
  timestamp: (a: Instant, b: Instant) => a.nanos === b.nanos,
  duration: (a: Duration, b: Duration) => a.nanos === b.nanos,
  latlng: (a: LatLng, b: LatLng) => a.latitude === b.latitude && a.longitude === b.longitude,
  bytes: (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0,
};

export const includes = (items: readonly Value[], value: Value): boolean =>
  items.some(item => same(item, value));

export function fromFields(fields: Readonly<Record<string, FirestoreValue>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, fromFirestore(value)]));
}

export function fromFirestore(value: FirestoreValue): Value {
  if (value.integerValue !== undefined) return BigInt(value.integerValue);
  if (value.timestampValue !== undefined) return Instant.of(value.timestampValue);
  if (value.referenceValue !== undefined) return pathOfName(value.referenceValue);
  if (value.geoPointValue !== undefined)
    return new LatLng(value.geoPointValue.latitude, value.geoPointValue.longitude);
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(fromFirestore);
  if (value.mapValue !== undefined) return fromFields(value.mapValue.fields);
  return value.booleanValue ?? value.doubleValue ?? value.stringValue ?? value.bytesValue ?? null;
}

/** `projects/P/databases/D/documents/…` without its project, as rules see it. */
export function pathOfName(name: string): Path {
  return new Path(name.split('/').slice(2));
}

/** JSON, of a token's claims: a whole number is an int. */
export function fromJson(value: unknown): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return null;
  return new Map(Object.entries(value).map(([name, inner]) => [name, fromJson(inner)]));
}
