import { Collection, type Entry } from './collection.ts';
import type { StoredDocument } from './document.ts';
import { pathKey } from './values/keys.ts';
import { collectionOf, idOf, parseName } from './values/paths.ts';

/** The current version of every document of every database, by name, by collection and by collection group. */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #collections = new Map<string, Collection>();
  /** Built when a query first spans collections; keyed by database and collection id, an empty id for all documents. */
  readonly #groups = new Map<string, Collection>();

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): StoredDocument | undefined {
    return this.#entries.get(name)?.doc;
  }

  documents(): Iterable<StoredDocument> {
    return this.#entries.values().map(entry => entry.doc);
  }

  /** Full names of the collections that hold a document. */
  collectionNames(): Iterable<string> {
    return this.#collections.keys();
  }

  collection(name: string): Collection | undefined {
    return this.#collections.get(name);
  }

  /** All collections of this id in the database (`projects/P/databases/D`); an undefined id means every document. */
  group(database: string, collectionId: string | undefined): Collection {
    const key = groupKey(database, collectionId);
    let group = this.#groups.get(key);
    if (!group) {
      const entries: Entry[] = [];
      for (const [name, collection] of this.#collections)
        if (name.startsWith(`${database}/`) && (collectionId === undefined || idOf(name) === collectionId))
          entries.push(...collection.entries.range('', '\xff'));
      group = new Collection(entries);
      this.#groups.set(key, group);
    }
    return group;
  }

  put(name: string, after: StoredDocument | undefined): void {
    let entry = this.#entries.get(name);
    const before = entry?.doc;
    if (!before && !after) return;
    if (!entry) {
      entry = { key: pathKey(name), doc: after! };
      this.#entries.set(name, entry);
    } else if (after) entry.doc = after;
    else this.#entries.delete(name);
    const collectionName = collectionOf(name);
    let collection = this.#collections.get(collectionName);
    if (!collection) {
      collection = new Collection();
      this.#collections.set(collectionName, collection);
    }
    collection.change(entry, before, after);
    if (collection.entries.size === 0) this.#collections.delete(collectionName);
    if (this.#groups.size === 0) return;
    const { database } = parseName(name);
    for (const id of [idOf(collectionName), undefined])
      this.#groups.get(groupKey(database, id))?.change(entry, before, after);
  }
}

const groupKey = (database: string, collectionId: string | undefined): string =>
  `${database}/${collectionId ?? ''}`;
