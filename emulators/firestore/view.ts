import type { StoredDocument } from './document.ts';
import type { Change } from './history.ts';
import { selected } from './projection.ts';
import type { Query } from './query/parse.ts';
import { compareKeys, orderKeys } from './query/plan.ts';
import { belongs, type Past, runQuery } from './query/run.ts';
import type { Store } from './store.ts';
import type { Target } from './target.ts';

/** What whoever listens to a query is to be told. */
export interface Delta {
  readonly entries: readonly DeltaEntry[];
  /** Left the window without having changed. */
  readonly removed: readonly string[];
}

export interface DeltaEntry {
  readonly name: string;
  /** Undefined where it has been deleted. */
  readonly doc: StoredDocument | undefined;
  readonly inside: boolean;
}

type Members = ReadonlyMap<string, StoredDocument>;

const windowed = (query: Query): boolean => query.limit !== Number.POSITIVE_INFINITY || query.offset > 0;

const membersOf = (store: Store, query: Query, past?: Past): Members =>
  new Map(runQuery(store, query, past).documents.map(doc => [doc.name, doc]));

/** A query that somebody listens to: a commit is held against it once, however many do. */
export class View {
  /** Equal for equal queries. */
  readonly key: string;
  readonly query: Query;
  readonly targets = new Set<Target>();
  /** What a query with a limit shows now; without one membership follows from the document alone. */
  #members: Members | undefined;

  constructor(key: string, query: Query, store: Store) {
    this.key = key;
    this.query = query;
    if (windowed(query)) this.#members = membersOf(store, query);
  }

  /** What a commit means for the query, which it has taken effect on already; undefined where nothing. */
  change(store: Store, changes: readonly Change[]): Delta | undefined {
    const { query } = this;
    const relevant = changes.filter(
      ({ before, after }) => (before && belongs(query, before)) || (after && belongs(query, after)),
    );
    if (relevant.length === 0) return undefined;
    if (!this.#members)
      return plain(
        query,
        relevant.map(({ name, after }) => [name, after]),
      );
    if (this.#outOfSight(relevant)) return undefined;
    const before = this.#members;
    this.#members = membersOf(store, query);
    return difference(
      query,
      before,
      this.#members,
      new Map(relevant.map(({ name, after }) => [name, after])),
    );
  }

  /** Whether all happened behind the end of a window that is full. */
  #outOfSight(changes: readonly Change[]): boolean {
    const { query } = this;
    const members = this.#members!;
    if (query.offset > 0 || members.size < query.limit) return false;
    const last = keysOf(query, [...members.values()].at(-1)!);
    return changes.every(
      ({ name, after }) =>
        !members.has(name) &&
        !(after && belongs(query, after) && compareKeys(query, keysOf(query, after), last) < 0),
    );
  }
}

const keysOf = (query: Query, doc: StoredDocument): string[] => orderKeys(query, doc)!;

/** Everything that the query finds. */
export function whole(store: Store, query: Query): Delta {
  const { documents } = runQuery(store, query);
  const entries = documents.map(doc => ({ name: doc.name, doc: shown(query, doc), inside: true }));
  return { entries, removed: [] };
}

/** Only what changed since. */
export function since(store: Store, query: Query, past: Past): Delta {
  const touched = [...past.keys()].map(name => [name, store.get(name)] as const);
  if (windowed(query))
    return difference(query, membersOf(store, query, past), membersOf(store, query), new Map(touched));
  const relevant = touched.filter(([name, doc]) => {
    const before = past.get(name);
    return (doc && belongs(query, doc)) || (before && belongs(query, before));
  });
  return plain(query, relevant);
}

function plain(query: Query, touched: readonly (readonly [string, StoredDocument | undefined])[]): Delta {
  const entries = touched.map(([name, doc]) => ({
    name,
    doc: doc && shown(query, doc),
    inside: !!doc && belongs(query, doc),
  }));
  return { entries, removed: [] };
}

/** `touched` says what the documents are now that may have left because they changed. */
function difference(
  query: Query,
  before: Members,
  after: Members,
  touched: ReadonlyMap<string, StoredDocument | undefined>,
): Delta {
  const entries: DeltaEntry[] = [];
  const removed: string[] = [];
  for (const name of before.keys()) {
    if (after.has(name)) continue;
    const doc = touched.get(name);
    // With what it has become: a client that holds the old version would still see it in the window, and doubt it.
    if (touched.has(name)) entries.push({ name, doc: doc && shown(query, doc), inside: false });
    else removed.push(name);
  }
  for (const [name, doc] of after)
    if (before.get(name)?.updateTime !== doc.updateTime)
      entries.push({ name, doc: shown(query, doc), inside: true });
  return { entries, removed };
}

const shown = (query: Query, doc: StoredDocument): StoredDocument =>
  query.select ? selected(doc, query) : doc;
