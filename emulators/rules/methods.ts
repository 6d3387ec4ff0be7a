import { knownEntry } from './elements.ts';
import { equal, includes, setOf } from './equality.ts';
import { EvaluationError } from './errors.ts';
import { floatText } from './numbers.ts';
import { contains } from './proofs.ts';
import { matches, replace, split } from './regex.ts';
import { type Signatures, signature, signatures } from './signatures.ts';
import { durationMethods, timestampMethods } from './times.ts';
import {
  type Constraint,
  isOpen,
  type LatLng,
  MapDiff,
  PartialList,
  PartialMap,
  RulesSet,
  type Type,
  typeOf,
  undecided,
  type Value,
} from './values.ts';

type List = readonly Value[];
type Entries = ReadonlyMap<string, Value>;

const itemsOf = (value: List | RulesSet): List => (value instanceof RulesSet ? value.items : value);
const keys = (wanted: (name: string, diff: MapDiff) => boolean) => (diff: MapDiff) =>
  setOf([...new Set([...diff.now.keys(), ...diff.before.keys()])].filter(name => wanted(name, diff)));

const isAdded = (name: string, { before }: MapDiff): boolean => !before.has(name);
const isRemoved = (name: string, { now }: MapDiff): boolean => !now.has(name);
const isSame = (name: string, { now, before }: MapDiff): boolean =>
  now.has(name) && before.has(name) && equal(now.get(name)!, before.get(name)!);
const isChanged = (name: string, diff: MapDiff): boolean =>
  !isAdded(name, diff) && !isRemoved(name, diff) && !isSame(name, diff);

/** `get('a', d)` or `get(['a', 'b'], d)`: what lies there, else the default. */
function lookUp(map: Value, key: string | List, fallback: Value): Value {
  let value = map;
  for (const name of typeof key === 'string' ? [key] : key) {
    if (typeof name !== 'string') throw new EvaluationError('get() takes a key, or a list of keys');
    if (value instanceof PartialMap) value = knownEntry(value, name);
    else if (value instanceof Map && value.has(name)) value = value.get(name)!;
    else return fallback;
  }
  return value;
}

/** What string() makes of a value. */
export function text(value: Value): string {
  if (isOpen(value)) return undecided(value);
  if (!TEXTUAL.includes(typeOf(value)))
    throw new EvaluationError(`a ${typeOf(value)} cannot be written as a string`);
  return typeof value === 'number' ? floatText(value) : String(value);
}

/** The types of which there is a text. */
export const TEXTUAL: readonly Type[] = ['int', 'float', 'null', 'string', 'bool', 'path'];

const ascii = (pattern: RegExp, change: (match: string) => string) => (value: string) =>
  value.replace(pattern, change);

const EARTH_METRES = 6_371_010;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** By the haversine formula, on a sphere. */
function metresBetween(a: LatLng, b: LatLng): number {
  const half = (from: number, to: number): number => Math.sin(radians(to - from) / 2) ** 2;
  const cosines = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
  const h = half(a.latitude, b.latitude) + cosines * half(a.longitude, b.longitude);
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(h));
}

/** The methods of each type ({@link https://firebase.google.com/docs/reference/rules/rules}). */
export const METHODS_OF: Readonly<Partial<Record<Type, Signatures>>> = {
  string: signatures({
    lower: signature(
      [],
      'string',
      ascii(/[A-Z]/g, match => match.toLowerCase()),
    ),
    matches: signature(['string'], 'bool', matches),
    replace: signature(['string', 'string'], 'string', replace),
    size: signature([], 'int', (value: string) => BigInt(value.length)),
    split: signature(['string'], 'list', split),
    toUtf8: signature([], 'bytes', (value: string) => Buffer.from(value)),
    trim: signature([], 'string', (value: string) => value.replace(/^[\0- ]+|[\0- ]+$/g, '')),
    upper: signature(
      [],
      'string',
      ascii(/[a-z]/g, match => match.toUpperCase()),
    ),
  }),
  bytes: signatures({
    size: signature([], 'int', (value: Uint8Array) => BigInt(value.length)),
    toBase64: signature([], 'string', (value: Uint8Array) => Buffer.from(value).toString('base64')),
    toHexString: signature([], 'string', (value: Uint8Array) =>
      Buffer.from(value).toString('hex').toUpperCase(),
    ),
  }),
  list: signatures({
    concat: signature(['list'], 'list', (a: List, b: List) => [...a, ...b]),
    hasAll: signature(['list'], 'bool', (a: List, b: List) => b.every(item => includes(a, item))),
    hasAny: signature(['list'], 'bool', (a: List, b: List) => b.some(item => includes(a, item))),
    hasOnly: signature(['list'], 'bool', (a: List, b: List) => a.every(item => includes(b, item))),
    join: signature(['string'], 'string', (items: List, between: string) => items.map(text).join(between)),
    removeAll: signature(['list'], 'list', (a: List, b: List) => a.filter(item => !includes(b, item))),
    size: signature([], 'int', (items: List) => BigInt(items.length)),
    toSet: signature([], 'set', (items: List) => setOf(items)),
  }),
  set: signatures({
    difference: signature(['set'], 'set', (a: RulesSet, b: RulesSet) =>
      setOf(a.items.filter(item => !includes(b.items, item))),
    ),
    hasAll: signature([['set', 'list']], 'bool', (a: RulesSet, b: List | RulesSet) =>
      itemsOf(b).every(item => includes(a.items, item)),
    ),
    hasAny: signature([['set', 'list']], 'bool', (a: RulesSet, b: List | RulesSet) =>
      itemsOf(b).some(item => includes(a.items, item)),
    ),
    hasOnly: signature([['set', 'list']], 'bool', (a: RulesSet, b: List | RulesSet) =>
      a.items.every(item => includes(itemsOf(b), item)),
    ),
    intersection: signature(['set'], 'set', (a: RulesSet, b: RulesSet) =>
      setOf(a.items.filter(item => includes(b.items, item))),
    ),
    size: signature([], 'int', (set: RulesSet) => BigInt(set.items.length)),
    union: signature(['set'], 'set', (a: RulesSet, b: RulesSet) => setOf([...a.items, ...b.items])),
  }),
  map: signatures({
    diff: signature(['map'], 'map_diff', (now: Entries, before: Entries) => new MapDiff(now, before)),
    get: signature([['string', 'list'], 'any'], undefined, lookUp),
    // In this order, whatever order they were written in.
    keys: signature([], 'list', (map: Entries) => [...map.keys()].sort()),
    size: signature([], 'int', (map: Entries) => BigInt(map.size)),
    values: signature([], 'list', (map: Entries) => [...map.keys()].sort().map(name => map.get(name)!)),
  }),
  map_diff: signatures({
    addedKeys: signature([], 'set', keys(isAdded)),
    affectedKeys: signature(
      [],
      'set',
      keys((name, diff) => !isSame(name, diff)),
    ),
    changedKeys: signature([], 'set', keys(isChanged)),
    removedKeys: signature([], 'set', keys(isRemoved)),
    unchangedKeys: signature([], 'set', keys(isSame)),
  }),
  timestamp: timestampMethods,
  duration: durationMethods,
  latlng: signatures({
    distance: signature(['latlng'], 'float', metresBetween),
    latitude: signature([], 'float', (point: LatLng) => point.latitude),
    longitude: signature([], 'float', (point: LatLng) => point.longitude),
  }),
  // What a query says of a document is enough for these, where it is.
  'partial map': signatures({
    get: signature([['string', 'list'], 'any'], undefined, lookUp),
    keys: signature([], 'list', ({ known }: PartialMap) => new PartialList([...known.keys()])),
  }),
  'partial list': signatures({
    hasAll: signature(
      ['list'],
      'bool',
      (list: PartialList, items: List) => items.every(item => includes(list.known, item)) || undecided(list),
    ),
    hasAny: signature(
      ['list'],
      'bool',
      (list: PartialList, items: List) => items.some(item => includes(list.known, item)) || undecided(list),
    ),
  }),
  constraint: signatures({
    hasAny: signature(
      ['list'],
      'bool',
      (field: Constraint, items: List) => items.some(item => contains(field, item)) || undecided(field),
    ),
  }),
};
