import { type Access, OPEN } from './access.ts';
import type { Database } from './database.ts';
import type { Change } from './history.ts';
import type { ListenStream } from './listen.ts';
import { belongs, runQuery } from './query/run.ts';
import { memberMap, Snapshot, type Target } from './snapshot.ts';
import { collectionOf, idOf, parseName } from './values/paths.ts';

/** Finds, for each change, the targets that it may concern; the cost of a commit is theirs alone. */
export class Listeners {
  readonly database: Database;
  /** What judges new targets of clients. */
  readonly access: () => Access;
  readonly #targets = new Map<string, Set<Target>>();

  constructor(database: Database, access: () => Access = () => OPEN) {
    this.database = database;
    this.access = access;
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
