import {
  type Duration,
  type Instant,
  isOpen,
  type LatLng,
  type Path,
  RulesSet,
  type Type,
  typeOf,
  undecided,
  type Value,
} from './values.ts';

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

export const setOf = (items: readonly Value[]): RulesSet =>
  new RulesSet(items.filter((item, i) => items.findIndex(other => same(item, other)) === i));
