import { Collection, type Documents } from '../collection.ts';
import type { StoredDocument } from '../document.ts';
import type { Store } from '../store.ts';
import { parseName } from '../values/paths.ts';
import { matches } from './filter.ts';
import type { Query } from './parse.ts';
import { compareKeys, orderKeys, type Plan, plan, withinCursors } from './plan.ts';

/** What documents were at an earlier time, for those that have changed since. */
export type Past = ReadonlyMap<string, StoredDocument | undefined>;
export const NOW: Past = new Map();

export interface Result {
  readonly documents: readonly StoredDocument[];
  /** How many the offset skipped. */
  readonly skipped: number;
}

const EMPTY = new Collection('');

function source(store: Store, query: Query): Documents {
  if (query.collectionId === undefined || query.allDescendants)
    return store.group(parseName(query.parent).database, query.collectionId);
  return store.collection(`${query.parent}/${query.collectionId}`) ?? EMPTY;
}

/** Whether the document lies where the query looks; true by construction within a single collection. */
export function inScope(query: Query, name: string): boolean {
  if (!name.startsWith(`${query.parent}/`)) return false;
  const below = name.slice(query.parent.length + 1).split('/');
  if (!query.allDescendants && below.length !== 2) return false;
  return query.collectionId === undefined || below.at(-2) === query.collectionId;
}

const wholeSource = (query: Query): boolean =>
  query.collectionId !== undefined && (!query.allDescendants || query.parent.endsWith('/documents'));

/** Whether the document is in the query's result before limit and offset. */
export function belongs(query: Query, doc: StoredDocument): boolean {
  if (!inScope(query, doc.name) || !matches(query.filter, doc)) return false;
  const keys = orderKeys(query, doc);
  return keys !== undefined && withinCursors(query, keys);
}

export function runQuery(store: Store, query: Query, past: Past = NOW): Result {
  if (query.limit === 0) return { documents: [], skipped: 0 };
  const chosen = plan(source(store, query), query);
  const accepted = accept(query, chosen, past);
  if (chosen.ordered && past.size === 0) return page(query, accepted);
  const rows: { doc: StoredDocument; keys: string[] }[] = [];
  const consider = (doc: StoredDocument): void => {
    const keys = orderKeys(query, doc);
    if (keys && withinCursors(query, keys)) rows.push({ doc, keys });
  };
  for (const doc of accepted) consider(doc);
  for (const doc of past.values())
    if (doc && inScope(query, doc.name) && matches(query.filter, doc)) consider(doc);
  rows.sort((a, b) => compareKeys(query, a.keys, b.keys));
  return page(
    query,
    rows.map(row => row.doc),
  );
}

function* accept(query: Query, chosen: Plan, past: Past): Generator<StoredDocument, void, undefined> {
  const whole = wholeSource(query);
  for (const { doc } of chosen.scan.entries()) {
    if (!whole && !inScope(query, doc.name)) continue;
    if (past.size > 0 && past.has(doc.name)) continue;
    if (chosen.residual.every(filter => matches(filter, doc))) yield doc;
  }
}

function page(query: Query, found: Iterable<StoredDocument>): Result {
  const documents: StoredDocument[] = [];
  let skipped = 0;
  for (const doc of found) {
    if (skipped < query.offset) {
      skipped++;
      continue;
    }
    documents.push(doc);
    if (documents.length === query.limit) break;
  }
  return { documents, skipped };
}

/** How many documents the query has; from the index alone where the index says it all. */
export function countQuery(store: Store, query: Query, past: Past = NOW): number {
  const chosen = plan(source(store, query), query);
  if (chosen.ordered && chosen.residual.length === 0 && past.size === 0 && wholeSource(query))
    return Math.min(Math.max(chosen.scan.size - query.offset, 0), query.limit);
  return runQuery(store, query, past).documents.length;
}
