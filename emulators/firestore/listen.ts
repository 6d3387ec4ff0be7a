import { GrpcError, invalidArgument } from '../grpc/errors.ts';
import { authorize, type Caller } from './access.ts';
import { expiry } from './callers.ts';
import { type ListenRequest, type ListenSink, startOf, viewKey, type WireTarget } from './listen-messages.ts';
import type { Listeners } from './listeners.ts';
import { parseQuery } from './query/parse.ts';
import { countQuery } from './query/run.ts';
import { Snapshot } from './snapshot.ts';
import { Target } from './target.ts';
import { checkDocumentName } from './values/paths.ts';
import { since, whole } from './view.ts';

/** The targets of one client's stream. All of them are always as of the same time. */
export class ListenStream {
  readonly #listeners: Listeners;
  readonly #sink: ListenSink;
  readonly #callerOf: (database: string | undefined) => Caller;
  #caller: Caller | undefined;
  readonly #targets = new Map<number, Target>();
  /** Time of the last snapshot sent. */
  #told = 0;
  /** There are changes after that which the client, being slow, has not been sent. */
  #behind = false;

  /** @param callerOf asked once, with the database that the first request names */
  constructor(listeners: Listeners, sink: ListenSink, callerOf: (database: string | undefined) => Caller) {
    this.#listeners = listeners;
    this.#sink = sink;
    this.#callerOf = callerOf;
  }

  /** @throws what ends the stream; a target that is refused does not */
  receive(request: ListenRequest): void {
    this.#caller ??= this.#callerOf(request.database);
    if (request.addTarget) this.#add(request.addTarget, this.#caller);
    else if (request.removeTarget !== undefined) this.#remove(request.removeTarget);
  }

  /** What a commit means for this stream. */
  tell(snapshot: Snapshot): void {
    const expired = this.#caller && expiry(this.#caller);
    if (expired) {
      this.close();
      this.#sink.fail(expired);
      return;
    }
    if (this.#sink.full) this.#behind = true;
    if (this.#behind || snapshot.empty) return;
    this.#send(snapshot);
  }

  /** The client has caught up: it gets the sum of what it has missed. */
  drained(): void {
    if (!this.#behind) return;
    this.#behind = false;
    const snapshot = new Snapshot(this.#listeners.database.now());
    for (const target of this.#targets.values()) this.#fill(target, this.#told, snapshot);
    this.#send(snapshot);
  }

  /** Ends a target that the client may no longer see. Says whether it did. */
  ends(target: Target): boolean {
    const cause = target.refusal();
    if (cause) this.#refuse(target.id, cause);
    return cause !== undefined;
  }

  close(): void {
    for (const id of [...this.#targets.keys()]) this.#drop(id);
  }

  #add(wire: WireTarget, caller: Caller): void {
    this.drained();
    const id = wire.targetId ?? 0;
    this.#drop(id);
    try {
      this.#start(wire, this.#target(id, wire, caller));
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      this.#refuse(id, error);
    }
  }

  #remove(id: number): void {
    this.#drop(id);
    this.#sink.send({ kind: 'target', type: 'REMOVE', targetIds: [id] });
  }

  #refuse(id: number, cause: GrpcError): void {
    this.#drop(id);
    this.#sink.send({ kind: 'target', type: 'REMOVE', targetIds: [id], cause });
  }

  #drop(id: number): void {
    const target = this.#targets.get(id);
    if (!target) return;
    this.#targets.delete(id);
    this.#listeners.remove(target);
  }

  /** @throws INVALID_ARGUMENT, PERMISSION_DENIED */
  #target(id: number, { query, documents }: WireTarget, caller: Caller): Target {
    const { access, database } = this.#listeners;
    if (query) {
      const { parent = '', structuredQuery = {} } = query;
      const view = this.#listeners.view(viewKey(query), parseQuery(parent, structuredQuery));
      return new Target(id, this, [], view, () =>
        authorize(caller, () => access().list(caller, parent, structuredQuery)),
      );
    }
    const names = documents?.documents ?? [];
    if (names.length === 0) throw invalidArgument('A target needs a query or at least one document.');
    for (const name of names) checkDocumentName(name);
    return new Target(id, this, names, undefined, () => {
      for (const name of names) authorize(caller, () => access().get(caller, name, database.store.get(name)));
    });
  }

  #start(wire: WireTarget, target: Target): void {
    const { database } = this.#listeners;
    const targetIds = [target.id];
    const readTime = database.now();
    const snapshot = new Snapshot(readTime);
    this.#sink.send({ kind: 'target', type: 'ADD', targetIds });
    const resumed = this.#fill(target, startOf(wire), snapshot);
    for (const message of snapshot.messages()) this.#sink.send(message);
    // As with a query: without a result it costs one read.
    this.#listeners.listened(resumed ? snapshot.reads : Math.max(1, snapshot.reads));
    if (resumed && wire.expectedCount && target.view)
      this.#sink.send({
        kind: 'filter',
        targetId: target.id,
        count: countQuery(database.store, target.view.query),
      });
    this.#sink.send({ kind: 'target', type: 'CURRENT', targetIds, readTime });
    this.#sink.send({ kind: 'target', type: 'NO_CHANGE', targetIds: [], readTime });
    this.#told = readTime;
    if (wire.once) {
      this.#sink.send({ kind: 'target', type: 'REMOVE', targetIds });
      return;
    }
    this.#targets.set(target.id, target);
    this.#listeners.add(target);
  }

  /** What the client lacks who was told everything up to that time. Says whether that is still known. */
  #fill({ id, names, view }: Target, from: number | undefined, snapshot: Snapshot): boolean {
    const { database } = this.#listeners;
    const { store } = database;
    const past = from !== undefined && from <= snapshot.time ? database.past(from) : undefined;
    if (from !== undefined && !past) this.#sink.send({ kind: 'target', type: 'RESET', targetIds: [id] });
    if (view) snapshot.addAll(id, past ? since(store, view.query, past) : whole(store, view.query));
    for (const name of names) if (!past || past.has(name)) snapshot.add(id, name, store.get(name), true);
    return past !== undefined;
  }

  #send(snapshot: Snapshot): void {
    for (const message of snapshot.messages()) this.#sink.send(message);
    this.#listeners.listened(snapshot.reads);
    this.#told = snapshot.time;
    this.#sink.send({ kind: 'target', type: 'NO_CHANGE', targetIds: [], readTime: snapshot.time });
  }
}
