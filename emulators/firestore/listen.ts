import { GrpcError, invalidArgument } from '../grpc/errors.ts';
import type { Database } from './database.ts';
import type { StoredDocument } from './document.ts';
import type { Change } from './history.ts';
import { parseQuery, type Query } from './query/parse.ts';
import { belongs, countQuery, NOW, type Past, runQuery } from './query/run.ts';
import type { StructuredQuery, WireTime } from './query/wire.ts';
import { selected } from './service.ts';
import { checkDocumentName, collectionOf, idOf, parseName } from './values/paths.ts';
import { toMicros } from './values/time.ts';

/** google.firestore.v1.Target as decoded. */
export interface WireTarget {
  targetId?: number;
  query?: { parent?: string; structuredQuery?: StructuredQuery };
  documents?: { documents?: string[] };
  resumeToken?: Uint8Array;
  readTime?: WireTime;
  expectedCount?: { value?: number };
  once?: boolean;
}

/** What a listening client is told, free of any wire; times in microseconds. */
export type ListenMessage =
  | {
      readonly kind: 'target';
      readonly type: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';
      /** Empty: all targets of the stream. */
      readonly targetIds: readonly number[];
      readonly cause?: GrpcError;
      readonly readTime?: number;
    }
  | {
      readonly kind: 'change';
      readonly document: StoredDocument;
      readonly targetIds: readonly number[];
      readonly removedTargetIds: readonly number[];
    }
  | {
      readonly kind: 'delete' | 'remove';
      readonly name: string;
      readonly removedTargetIds: readonly number[];
      readonly readTime: number;
    }
  | { readonly kind: 'filter'; readonly targetId: number; readonly count: number };

/** The state to come back to is simply the time of the last snapshot. */
export const resumeToken = (micros: number): Uint8Array => Buffer.from(String(micros));
export const resumeTime = (token: Uint8Array): number => Number(Buffer.from(token).toString());

class Target {
  readonly id: number;
  readonly stream: ListenStream;
  readonly names: readonly string[];
  readonly query: Query | undefined;
  /** What a query with a limit shows now; without one membership follows from the document alone. */
  members: Map<string, StoredDocument> | undefined;

  constructor(id: number, stream: ListenStream, names: readonly string[], query: Query | undefined) {
    this.id = id;
    this.stream = stream;
    this.names = names;
    this.query = query;
  }

  get windowed(): boolean {
    return !!this.query && (this.query.limit !== Number.POSITIVE_INFINITY || this.query.offset > 0);
  }
}

/** Finds, for each change, the targets that it may concern; the cost of a commit is theirs alone. */
export class Listeners {
  readonly database: Database;
  readonly #targets = new Map<string, Set<Target>>();

  constructor(database: Database) {
    this.database = database;
    database.onCommit((changes, time) => this.#spread(changes, time));
  }

  add(target: Target): void {
    for (const topic of topicsOf(target)) {
      const set = this.#targets.get(topic);
      if (set) set.add(target);
      else this.#targets.set(topic, new Set([target]));
    }
  }

  remove(target: Target): void {
    for (const topic of topicsOf(target)) {
      const set = this.#targets.get(topic);
      set?.delete(target);
      if (set?.size === 0) this.#targets.delete(topic);
    }
  }

  #spread(changes: readonly Change[], time: number): void {
    if (this.#targets.size === 0) return;
    const concerned = new Map<Target, Change[]>();
    for (const change of changes)
      for (const topic of topicsFor(change.name))
        for (const target of this.#targets.get(topic) ?? []) {
          const list = concerned.get(target);
          if (list) list.push(change);
          else concerned.set(target, [change]);
        }
    const byStream = new Map<ListenStream, Snapshot>();
    for (const [target, own] of concerned) {
      const snapshot = byStream.get(target.stream) ?? new Snapshot(time);
      byStream.set(target.stream, snapshot);
      this.#update(target, own, snapshot);
    }
    for (const [stream, snapshot] of byStream) snapshot.send(stream);
  }

  #update(target: Target, changes: readonly Change[], snapshot: Snapshot): void {
    const { query } = target;
    if (!query) {
      for (const { name, after } of changes) snapshot.add(target, name, after, true);
      return;
    }
    const relevant = changes.filter(
      ({ before, after }) => (before && belongs(query, before)) || (after && belongs(query, after)),
    );
    if (relevant.length === 0) return;
    if (!target.members) {
      for (const { name, after } of relevant)
        snapshot.add(target, name, after, !!after && belongs(query, after));
      return;
    }
    const members = memberMap(runQuery(this.database.store, query).documents);
    const touched = new Map(relevant.map(change => [change.name, change.after]));
    snapshot.difference(target, target.members, members, touched);
    target.members = members;
  }
}

/** Where a target listens and where a change is heard: documents, collections, collection groups, databases. */
function topicsOf({ names, query }: Target): readonly string[] {
  if (!query) return names.map(name => `document ${name}`);
  const { database } = parseName(query.parent);
  if (query.collectionId === undefined) return [`all ${database}`];
  return query.allDescendants
    ? [`group ${database} ${query.collectionId}`]
    : [`collection ${query.parent}/${query.collectionId}`];
}

function topicsFor(name: string): readonly string[] {
  const collection = collectionOf(name);
  const { database } = parseName(name);
  return [
    `document ${name}`,
    `collection ${collection}`,
    `group ${database} ${idOf(collection)}`,
    `all ${database}`,
  ];
}

const memberMap = (documents: readonly StoredDocument[]): Map<string, StoredDocument> =>
  new Map(documents.map(doc => [doc.name, doc]));

/** What one stream is told of one commit: each document once, whichever targets it is for. */
class Snapshot {
  readonly time: number;
  readonly #documents = new Map<string, { doc: StoredDocument | undefined; in: number[]; out: number[] }>();
  /** Left a window without having changed. */
  readonly #removed = new Map<string, number[]>();
  readonly #selected: Extract<ListenMessage, { kind: 'change' }>[] = [];

  constructor(time: number) {
    this.time = time;
  }

  get empty(): boolean {
    return this.#documents.size + this.#removed.size + this.#selected.length === 0;
  }

  add(target: Target, name: string, doc: StoredDocument | undefined, inside: boolean): void {
    if (doc && target.query?.select) {
      const [targetIds, removedTargetIds] = inside ? [[target.id], []] : [[], [target.id]];
      this.#selected.push({
        kind: 'change',
        document: selected(doc, target.query),
        targetIds,
        removedTargetIds,
      });
      return;
    }
    const entry = this.#documents.get(name) ?? { doc, in: [], out: [] };
    this.#documents.set(name, entry);
    (doc && inside ? entry.in : entry.out).push(target.id);
  }

  /** `touched` says what the documents are now that may have left because they changed. */
  difference(
    target: Target,
    before: ReadonlyMap<string, StoredDocument>,
    after: ReadonlyMap<string, StoredDocument>,
    touched: ReadonlyMap<string, StoredDocument | undefined>,
  ): void {
    for (const name of before.keys()) {
      if (after.has(name)) continue;
      const doc = touched.get(name);
      if (touched.has(name) && !(doc && belongs(target.query!, doc))) this.add(target, name, doc, false);
      else this.#removed.set(name, [...(this.#removed.get(name) ?? []), target.id]);
    }
    for (const [name, doc] of after)
      if (before.get(name)?.updateTime !== doc.updateTime) this.add(target, name, doc, true);
  }

  send(stream: ListenStream): void {
    if (this.empty) return;
    this.sendDocuments(stream);
    stream.send({ kind: 'target', type: 'NO_CHANGE', targetIds: [], readTime: this.time });
  }

  sendDocuments(stream: ListenStream): void {
    const readTime = this.time;
    for (const [name, removedTargetIds] of this.#removed)
      stream.send({ kind: 'remove', name, removedTargetIds, readTime });
    for (const [name, { doc, in: targetIds, out: removedTargetIds }] of this.#documents) {
      if (doc) stream.send({ kind: 'change', document: doc, targetIds, removedTargetIds });
      else stream.send({ kind: 'delete', name, removedTargetIds, readTime });
    }
    for (const message of this.#selected) stream.send(message);
  }
}

/** The targets of one client's stream. */
export class ListenStream {
  readonly send: (message: ListenMessage) => void;
  readonly #listeners: Listeners;
  readonly #targets = new Map<number, Target>();

  constructor(listeners: Listeners, send: (message: ListenMessage) => void) {
    this.#listeners = listeners;
    this.send = send;
  }

  add(wire: WireTarget): void {
    const id = wire.targetId ?? 0;
    this.#drop(id);
    try {
      this.#start(wire, this.#parse(id, wire));
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      this.send({ kind: 'target', type: 'REMOVE', targetIds: [id], cause: error });
    }
  }

  remove(id: number): void {
    this.#drop(id);
    this.send({ kind: 'target', type: 'REMOVE', targetIds: [id] });
  }

  close(): void {
    for (const id of [...this.#targets.keys()]) this.#drop(id);
  }

  #drop(id: number): void {
    const target = this.#targets.get(id);
    if (!target) return;
    this.#targets.delete(id);
    this.#listeners.remove(target);
  }

  #parse(id: number, wire: WireTarget): Target {
    if (wire.query)
      return new Target(id, this, [], parseQuery(wire.query.parent ?? '', wire.query.structuredQuery ?? {}));
    const names = wire.documents?.documents ?? [];
    if (names.length === 0) throw invalidArgument('A target needs a query or at least one document.');
    for (const name of names) checkDocumentName(name);
    return new Target(id, this, names, undefined);
  }

  #start(wire: WireTarget, target: Target): void {
    const { database } = this.#listeners;
    const readTime = database.now();
    const snapshot = new Snapshot(readTime);
    const since = wire.resumeToken?.length
      ? resumeTime(wire.resumeToken)
      : wire.readTime && toMicros(wire.readTime);
    const targetIds = [target.id];
    this.send({ kind: 'target', type: 'ADD', targetIds });
    const past = since !== undefined && since <= readTime ? database.past(since) : undefined;
    if (since !== undefined && !past) this.send({ kind: 'target', type: 'RESET', targetIds });
    if (past) this.#replay(target, past, snapshot);
    else this.#load(target, snapshot);
    snapshot.sendDocuments(this);
    if (past && wire.expectedCount && target.query)
      this.send({ kind: 'filter', targetId: target.id, count: countQuery(database.store, target.query) });
    this.send({ kind: 'target', type: 'CURRENT', targetIds, readTime });
    this.send({ kind: 'target', type: 'NO_CHANGE', targetIds: [], readTime });
    if (wire.once) {
      this.send({ kind: 'target', type: 'REMOVE', targetIds });
      return;
    }
    this.#targets.set(target.id, target);
    this.#listeners.add(target);
  }

  #load(target: Target, snapshot: Snapshot): void {
    const { store } = this.#listeners.database;
    if (!target.query) {
      for (const name of target.names) snapshot.add(target, name, store.get(name), true);
      return;
    }
    const { documents } = runQuery(store, target.query);
    for (const doc of documents) snapshot.add(target, doc.name, doc, true);
    if (target.windowed) target.members = memberMap(documents);
  }

  /** Only what changed since the client left. */
  #replay(target: Target, past: Past, snapshot: Snapshot): void {
    const { store } = this.#listeners.database;
    const { query } = target;
    if (!query) {
      for (const name of target.names) if (past.has(name)) snapshot.add(target, name, store.get(name), true);
    } else if (target.windowed) {
      const before = memberMap(runQuery(store, query, past).documents);
      const after = memberMap(runQuery(store, query, NOW).documents);
      const touched = new Map([...past.keys()].map(name => [name, store.get(name)]));
      snapshot.difference(target, before, after, touched);
      target.members = after;
    } else {
      for (const [name, before] of past) {
        const doc = store.get(name);
        const inside = !!doc && belongs(query, doc);
        if (inside || (before && belongs(query, before))) snapshot.add(target, name, doc, inside);
      }
    }
  }
}
