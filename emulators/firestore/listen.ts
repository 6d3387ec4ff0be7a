import { GrpcError, invalidArgument } from '../grpc/errors.ts';
import { authorize, type Caller } from './access.ts';
import type { StoredDocument } from './document.ts';
import type { Listeners } from './listeners.ts';
import { parseQuery } from './query/parse.ts';
import { belongs, countQuery, type Past, runQuery } from './query/run.ts';
import type { StructuredQuery, WireTime } from './query/wire.ts';
import { memberMap, Snapshot, Target } from './snapshot.ts';
import { checkDocumentName } from './values/paths.ts';
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

/** google.firestore.v1.ListenRequest as decoded. */
export interface ListenRequest {
  database?: string;
  addTarget?: WireTarget;
  removeTarget?: number;
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
const resumeTime = (token: Uint8Array): number => Number(Buffer.from(token).toString());

/** The targets of one client's stream. */
export class ListenStream {
  readonly send: (message: ListenMessage) => void;
  readonly #listeners: Listeners;
  readonly #targets = new Map<number, Target>();
  readonly #callerOf: (database: string | undefined) => Caller;
  #caller: Caller | undefined;

  /** @param callerOf asked once, with the database that the first request names */
  constructor(
    listeners: Listeners,
    send: (message: ListenMessage) => void,
    callerOf: (database: string | undefined) => Caller,
  ) {
    this.#listeners = listeners;
    this.#callerOf = callerOf;
    this.send = send;
  }

  /** @throws what ends the stream; a target that is refused does not */
  receive(request: ListenRequest): void {
    this.#caller ??= this.#callerOf(request.database);
    if (request.addTarget) this.#add(request.addTarget, this.#caller);
    else if (request.removeTarget !== undefined) this.#remove(request.removeTarget);
  }

  #add(wire: WireTarget, caller: Caller): void {
    const id = wire.targetId ?? 0;
    this.#drop(id);
    try {
      const target = this.#parse(id, wire);
      this.#judge(target, wire, caller);
      this.#start(wire, target);
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      this.send({ kind: 'target', type: 'REMOVE', targetIds: [id], cause: error });
    }
  }

  #remove(id: number): void {
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

  /** @throws PERMISSION_DENIED */
  #judge(target: Target, { query }: WireTarget, caller: Caller): void {
    const { access, database } = this.#listeners;
    if (query)
      authorize(caller, () => access().list(caller, query.parent ?? '', query.structuredQuery ?? {}));
    for (const name of target.names)
      authorize(caller, () => access().get(caller, name, database.store.get(name)));
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
      const after = memberMap(runQuery(store, query).documents);
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
