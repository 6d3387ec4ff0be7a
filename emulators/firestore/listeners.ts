import { type Access, OPEN } from './access.ts';
import type { Database } from './database.ts';
import type { Change } from './history.ts';
import type { ListenStream } from './listen.ts';
import type { Query } from './query/parse.ts';
import { Snapshot } from './snapshot.ts';
import type { Target } from './target.ts';
import { View } from './view.ts';
import { ViewIndex } from './view-index.ts';

/** Everybody who listens: each commit becomes one snapshot for each stream that it concerns. */
export class Listeners {
  readonly database: Database;
  /** What judges the targets of clients. */
  readonly access: () => Access;
  readonly listened: (documents: number) => void;
  readonly #views = new Map<string, View>();
  readonly #index = new ViewIndex();
  readonly #documents = new Map<string, Set<Target>>();

  /** @param listened told how many documents have been sent */
  constructor(
    database: Database,
    access: () => Access = () => OPEN,
    listened: (documents: number) => void = () => {},
  ) {
    this.listened = listened;
    this.database = database;
    this.access = access;
    database.onCommit((changes, time) => this.#spread(changes, time));
  }

  /** The view of a query, shared with everybody whose key is the same. */
  view(key: string, query: Query): View {
    return this.#views.get(key) ?? new View(key, query, this.database.store);
  }

  add(target: Target): void {
    const { view } = target;
    if (view) {
      view.targets.add(target);
      if (this.#views.has(view.key)) return;
      this.#views.set(view.key, view);
      this.#index.add(view);
    }
    for (const name of target.names) {
      const set = this.#documents.get(name);
      if (set) set.add(target);
      else this.#documents.set(name, new Set([target]));
    }
  }

  remove(target: Target): void {
    const { view } = target;
    if (view?.targets.delete(target) && view.targets.size === 0) {
      this.#views.delete(view.key);
      this.#index.remove(view);
    }
    for (const name of target.names) {
      const set = this.#documents.get(name);
      set?.delete(target);
      if (set?.size === 0) this.#documents.delete(name);
    }
  }

  #spread(changes: readonly Change[], time: number): void {
    const snapshots = new Map<ListenStream, Snapshot>();
    const snapshotFor = (target: Target): Snapshot => {
      let snapshot = snapshots.get(target.stream);
      if (!snapshot) {
        snapshot = new Snapshot(time);
        snapshots.set(target.stream, snapshot);
      }
      return snapshot;
    };
    for (const { name, after } of changes)
      for (const target of this.#documents.get(name) ?? [])
        if (!target.stream.ends(target)) snapshotFor(target).add(target.id, name, after, true);
    for (const [view, concerning] of this.#concerned(changes)) {
      const delta = view.change(this.database.store, concerning);
      if (!delta) continue;
      for (const target of view.targets)
        if (!target.stream.ends(target)) snapshotFor(target).addAll(target.id, delta);
    }
    for (const [stream, snapshot] of snapshots) stream.tell(snapshot);
  }

  #concerned(changes: readonly Change[]): Map<View, Change[]> {
    const concerned = new Map<View, Change[]>();
    if (this.#index.empty) return concerned;
    for (const change of changes)
      for (const view of this.#index.find(change)) {
        const list = concerned.get(view);
        if (!list) concerned.set(view, [change]);
        // An index may name a view twice, never with another change in between.
        else if (list.at(-1) !== change) list.push(change);
      }
    return concerned;
  }
}
