import type { Documents } from '../collection.ts';
import type { StoredDocument } from '../document.ts';
import type { Entry } from '../entry.ts';
import type { Keyed } from '../sorted.ts';
import { AFTER_ALL } from '../values/keys.ts';
import { formatFieldPath } from '../values/paths.ts';
import { after, type FieldPath, type Filter, isName, keyAt } from './filter.ts';
import type { Cursor, Query } from './parse.ts';

/** Entries of a key range of an index, or of the collection itself. */
export interface Scan {
  readonly size: number;
  entries(): Iterable<Entry>;
}

/** How a query is answered from one collection. */
export interface Plan {
  readonly scan: Scan;
  /** What the scan does not already guarantee. */
  readonly residual: readonly Filter[];
  /** The scan yields the query's own order, within its cursors, and only documents that have every ordered field. */
  readonly ordered: boolean;
}

type RangeFilter = Extract<Filter, { kind: 'range' }>;

/** Chooses between reading in the query's order and collecting candidates to be sorted, by what each would touch. */
export function plan(collection: Documents, query: Query): Plan {
  const conjuncts = query.filter.kind === 'and' ? query.filter.filters : [query.filter];
  const inOrder = orderedPlan(collection, query, conjuncts);
  const best = conjuncts.filter(c => !inOrder || inOrder.residual.includes(c));
  const candidates = cheapest(collection, best);
  if (!inOrder) return candidates ?? { scan: all(collection), residual: conjuncts, ordered: false };
  if (!candidates) return inOrder;
  const wanted = query.limit + query.offset;
  const touched = candidates.scan.size === 0 ? 0 : (wanted * inOrder.scan.size) / candidates.scan.size;
  if (candidates.scan.size >= Math.min(inOrder.scan.size, touched)) return inOrder;
  // The candidates stand in for one conjunct only: everything else is checked on each.
  return { ...candidates, residual: conjuncts };
}

/**
 * One index range that yields the query's order: equal fields first, then the ordered ones. Impossible where directions
 * are mixed.
 */
function orderedPlan(collection: Documents, query: Query, conjuncts: readonly Filter[]): Plan | undefined {
  const equals = new Map<string, RangeFilter>();
  for (const filter of conjuncts)
    if (filter.kind === 'range' && filter.equal && !isName(filter.path))
      if (!equals.has(formatFieldPath(filter.path))) equals.set(formatFieldPath(filter.path), filter);
  const orders = query.orders.filter(order => !equals.has(formatFieldPath(order.path)));
  const descending = orders[0]?.descending ?? false;
  if (orders.some(order => order.descending !== descending)) return undefined;
  const names = [...equals.keys()].sort();
  const prefix = names.map(name => equals.get(name)!.from).join('');
  const paths = [
    ...names.map(name => equals.get(name)!.path),
    ...orders.filter(order => !isName(order.path)).map(order => order.path),
  ];
  const consumed = new Set<Filter>(equals.values());
  let from = prefix;
  let to = prefix + AFTER_ALL;
  const first = orders[0]!;
  for (const filter of conjuncts) {
    if (filter.kind !== 'range' || !samePath(filter.path, first.path) || consumed.has(filter)) continue;
    consumed.add(filter);
    if (prefix + filter.from > from) from = prefix + filter.from;
    if (prefix + filter.to < to) to = prefix + filter.to;
  }
  const cut = (cursor: Cursor | undefined, start: boolean): void => {
    if (!cursor) return;
    const key = prefix + cursor.keys.filter((_, i) => orders.includes(query.orders[i]!)).join('');
    // In scan order a `before` cursor stands in front of what equals it, the other kind behind.
    const bound = cursor.before !== descending ? key : key + AFTER_ALL;
    if (start !== descending) {
      if (bound > from) from = bound;
    } else if (bound < to) to = bound;
  };
  if (orders.length === query.orders.length) {
    cut(query.startAt, true);
    cut(query.endAt, false);
  } else if (query.startAt || query.endAt) return undefined;
  const residual = conjuncts.filter(filter => !consumed.has(filter));
  return { scan: scan(collection, paths, from, to, descending), residual, ordered: true };
}

const samePath = (a: FieldPath, b: FieldPath): boolean =>
  a.length === b.length && a.every((segment, i) => segment === b[i]);

function scan(
  collection: Documents,
  paths: readonly FieldPath[],
  from: string,
  to: string,
  descending: boolean,
): Scan {
  if (paths.length === 0) {
    return {
      size: collection.count(from, to),
      entries: () => collection.range(from, to, descending),
    };
  }
  return indexed(collection, { paths, elements: false }, from, to, descending);
}

function indexed(
  collection: Documents,
  spec: { paths: readonly FieldPath[]; elements: boolean },
  from: string,
  to: string,
  descending = false,
): Scan {
  const items = collection.index(spec);
  return { size: items.count(from, to), entries: () => pick(items.range(from, to, descending)) };
}

function* pick(items: Iterable<Keyed & { readonly entry: Entry }>): Generator<Entry, void, undefined> {
  for (const item of items) yield item.entry;
}

const all = (collection: Documents): Scan => ({
  size: collection.size,
  entries: () => collection.all(),
});

/** The smallest set of candidates that one conjunct allows, to be checked and sorted afterwards. */
function cheapest(collection: Documents, conjuncts: readonly Filter[]): Plan | undefined {
  let best: Scan | undefined;
  for (const filter of conjuncts) {
    const found = candidates(collection, filter);
    if (found && (!best || found.size < best.size)) best = found;
  }
  return best && { scan: best, residual: conjuncts, ordered: false };
}

function candidates(collection: Documents, filter: Filter): Scan | undefined {
  switch (filter.kind) {
    case 'range':
      if (isName(filter.path)) return scan(collection, [], filter.from, filter.to, false);
      return scan(collection, [filter.path], filter.from, filter.to, false);
    case 'contains':
      return indexed(collection, { paths: [filter.path], elements: true }, filter.key, after(filter.key));
    case 'or':
      return union(filter.filters.map(child => candidates(collection, child)));
    case 'and':
      return cheapest(collection, filter.filters)?.scan;
    case 'not':
      return undefined;
  }
}

function union(scans: readonly (Scan | undefined)[]): Scan | undefined {
  if (scans.includes(undefined)) return undefined;
  const parts = scans as readonly Scan[];
  return {
    size: parts.reduce((sum, part) => sum + part.size, 0),
    entries: () => new Set(parts.flatMap(part => [...part.entries()])),
  };
}

/** The keys that place a document in the query's order; undefined where an ordered field is missing. */
export function orderKeys(query: Query, doc: StoredDocument): string[] | undefined {
  const keys: string[] = [];
  for (const { path } of query.orders) {
    const key = keyAt(doc, path);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return keys;
}

export function compareKeys(query: Query, a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    return a[i]! < b[i]! !== query.orders[i]!.descending ? -1 : 1;
  }
  return 0;
}

export function withinCursors(query: Query, keys: readonly string[]): boolean {
  const { startAt, endAt } = query;
  if (startAt) {
    const side = compareKeys(query, keys, startAt.keys);
    if (side < 0 || (side === 0 && !startAt.before)) return false;
  }
  if (endAt) {
    const side = compareKeys(query, keys, endAt.keys);
    if (side > 0 || (side === 0 && endAt.before)) return false;
  }
  return true;
}
