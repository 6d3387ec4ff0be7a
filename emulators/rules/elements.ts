import { EvaluationError } from './errors.ts';
import { Open, PartialMap, Path, typeOf, undecided, type Value } from './values.ts';

/** `map.name` and `map['name']` */
export function entry(map: Value, name: string): Value {
  if (map instanceof PartialMap) return knownEntry(map, name);
  if (!(map instanceof Map))
    throw new EvaluationError(
      `${name} is asked of ${map === null ? 'null' : `a ${typeOf(map)}`}, which has no entries`,
    );
  const value: Value | undefined = map.get(name);
  if (value === undefined) throw new EvaluationError(`there is no ${name} in it`);
  return value;
}

/** @throws UndecidedError where a query does not say what it is */
export function knownEntry({ known }: PartialMap, name: string): Value {
  const value = known.get(name);
  return value === undefined ? undecided(new Open(`the field ${name}`)) : value;
}

/** `list[0]`, `string[0]`, `path[0]` or `map['name']` */
export function element(of: Value, index: Value): Value {
  if (typeof index === 'string') return entry(of, index);
  const items = itemsOf(of);
  if (typeof index !== 'bigint')
    throw new EvaluationError(`an index is an int or the name of an entry, not a ${typeOf(index)}`);
  return items[bounded(index, items.length - 1)]!;
}

/** `list[0:2]`: from the first index to before the second. */
export function slice(of: Value, from: Value, to: Value): Value {
  const items = itemsOf(of);
  if (typeof from !== 'bigint' || typeof to !== 'bigint')
    throw new EvaluationError(
      `a range runs from an int to an int, not from a ${typeOf(from)} to a ${typeOf(to)}`,
    );
  const start = bounded(from, items.length);
  const end = bounded(to, items.length);
  if (start > end) throw new EvaluationError(`a range cannot run from ${from} back to ${to}`);
  return of instanceof Path ? new Path(of.segments.slice(start, end)) : items.slice(start, end);
}

function itemsOf(value: Value): readonly Value[] | string {
  if (value instanceof Path) return value.segments;
  if (typeof value === 'string' || Array.isArray(value)) return value;
  if (value instanceof Open) return undecided(value);
  throw new EvaluationError(`only strings, lists and paths have an index, not a ${typeOf(value)}`);
}

function bounded(index: bigint, last: number): number {
  if (index < 0n || index > last)
    throw new EvaluationError(`the index ${index} is out of range: 0 to ${last}`);
  return Number(index);
}
