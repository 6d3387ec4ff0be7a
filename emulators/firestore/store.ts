import { Blocks } from './blocks.ts';
import { Collection, type Documents, Group } from './collection.ts';
import type { StoredDocument } from './document.ts';
import type { Entry } from './entry.ts';
import { collectionOf, idOf, parseName } from './values/paths.ts';

/** The current version of every document of every database, by collection and by collection group. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  /** Built when a query first spans collections; keyed by database and collection id, an empty id for all documents. */
  readonly #groups = new Map<string, Group>();
  readonly #blocks = new Blocks();

  get(name: string): StoredDocument | undefined {
    return this.#collections.get(collectionOf(name))?.get(idOf(name))?.doc;
  }

  *documents(): Generator<StoredDocument, void, undefined> {
    for (const collection of this.#collections.values()) for (const { doc } of collection.all()) yield doc;
  }

  /** Full names of the collections that hold a document. */
  collectionNames(): Iterable<string> {
    return this.#collections.keys();
  }

  collection(name: string): Documents | undefined {
    return this.#collections.get(name);
  }

  /** All collections of this id in the database (`projects/P/databases/D`); an undefined id means every document. */
  group(database: string, collectionId: string | undefined): Documents {
    const key = groupKey(database, collectionId);
    let group = this.#groups.get(key);
    if (!group) {
      const entries: Entry[] = [];
      for (const [name, collection] of this.#collections)
        if (name.startsWith(`${database}/`) && (collectionId === undefined || idOf(name) === collectionId))
          for (const entry of collection.all()) entries.push(entry);
      group = new Group(entries);
      this.#groups.set(key, group);
    }
    return group;
  }

  put(name: string, after: StoredDocument | undefined): void {
    const collectionName = collectionOf(name);
    const id = idOf(name);
    const known = this.#collections.get(collectionName);
    const existing = known?.get(id);
    const before = existing?.doc;
    if (!before && !after) return;
    const collection = known ?? this.#newCollection(collectionName);
    const entry = existing ?? collection.entry(id, after!);
    collection.change(entry, before, after);
    if (collection.size === 0) this.#collections.delete(collectionName);
    this.#changeGroups(collectionName, entry, before, after);
    before?.release(this.#blocks);
    if (after) {
      entry.doc = after;
      after.settle(entry, this.#blocks);
    }
    if (this.#blocks.sparse) for (const doc of this.documents()) doc.leave(this.#blocks);
  }

  #newCollection(name: string): Collection {
    const collection = new Collection(name);
    this.#collections.set(name, collection);
    return collection;
  }

  #changeGroups(
    collectionName: string,
    entry: Entry,
    before: StoredDocument | undefined,
    after: StoredDocument | undefined,
  ): void {
    if (this.#groups.size === 0) return;
    const { database } = parseName(collectionName);
    for (const id of [idOf(collectionName), undefined])
      this.#groups.get(groupKey(database, id))?.change(entry, before, after);
  }
}

const groupKey = (database: string, collectionId: string | undefined): string =>
  `${database}/${collectionId ?? ''}`;
