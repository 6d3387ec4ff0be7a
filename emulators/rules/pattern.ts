import type { Match, Segment } from './ast.ts';
import { Open, Path, type Value } from './values.ts';

/** Any number of segments that a query leaves open. */
export const GAP = Symbol('any segments');
/** One segment that a query leaves open: the id of a document. */
export const HOLE = Symbol('any segment');

/** `databases/D/documents/…`: of a document, or of all that a query may find. */
export type Target = readonly (string | typeof GAP | typeof HOLE)[];

type Wildcards = ReadonlyMap<string, Value>;

/**
 * All ways in which the segments cover the beginning of the target, whatever a query finds there: what the wildcards
 * stand for, and what of the target remains.
 */
export function* cover(
  segments: readonly Segment[],
  target: Target,
  wildcards: Wildcards = new Map(),
): Iterable<{ wildcards: Wildcards; remaining: Target }> {
  const [segment, ...further] = segments;
  const [first, ...rest] = target;
  if (!segment) yield { wildcards, remaining: target };
  else if (segment.kind === 'rest')
    for (let taken = 0; taken <= target.length; taken++) {
      const path = pathOf(target.slice(0, taken), segment.name);
      yield* cover(further, target.slice(taken), new Map(wildcards).set(segment.name, path));
    }
  else if (segment.kind === 'literal') {
    if (first === segment.text) yield* cover(further, rest, wildcards);
  } else if (typeof first === 'string' || first === HOLE) {
    const value = typeof first === 'string' ? first : new Open(segment.name);
    yield* cover(further, rest, new Map(wildcards).set(segment.name, value));
  }
}

function pathOf(segments: Target, name: string): Value {
  const known = segments.filter(segment => typeof segment === 'string');
  return known.length === segments.length ? new Path(known) : new Open(name);
}

/** Each match that is of the whole target, with all around it and what their wildcards stand for. */
export function* matching(
  matches: readonly Match[],
  target: Target,
  around: readonly (readonly [Match, Wildcards])[] = [],
): Iterable<readonly (readonly [Match, Wildcards])[]> {
  for (const match of matches)
    for (const { wildcards, remaining } of cover(match.path, target)) {
      const here = [...around, [match, wildcards] as const];
      if (remaining.length === 0) yield here;
      yield* matching(match.matches, remaining, here);
    }
}
