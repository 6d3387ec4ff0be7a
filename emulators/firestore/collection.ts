import type { StoredDocument } from './document.ts';
import { Entry } from './entry.ts';
import { Index, type IndexSpec, type Item } from './indexes.ts';
import { SortedList } from './sorted.ts';
import { AFTER_ALL, boundWithin, idKey, pathKey } from './values/keys.ts';

const MAX_INDEXES = 24;

/** Documents of one collection, or of a collection group, in the order of their names, with indexes. Bounds are keys of names. */
export abstract class Documents {
  /** Built when a query first asks; in order of last use. */
  readonly #indexes = new Map<string, Index>();

  abstract readonly size: number;
  /** How many lie in the range, without touching them. */
  abstract count(from: string, to: string): number;
  abstract range(from: string, to: string, descending?: boolean): Iterable<Entry>;
  protected abstract place(entry: Entry): void;
  protected abstract remove(entry: Entry): void;

  all(): Iterable<Entry> {
    return this.range('', AFTER_ALL);
  }

  index(spec: IndexSpec): SortedList<Item> {
    const id = JSON.stringify([spec.elements, spec.paths]);
    let index = this.#indexes.get(id);
    if (index) this.#indexes.delete(id);
    else index = new Index(spec, this.all());
    this.#indexes.set(id, index);
    if (this.#indexes.size > MAX_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index.items;
  }

  /** Takes over what one commit did to one entry; `before` and `after` are its versions. */
  change(entry: Entry, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
    if (!before) this.place(entry);
    else if (!after) this.remove(entry);
    for (const index of this.#indexes.values()) index.change(entry, before, after);
  }
}

/** One collection: its documents stand by their ids alone, which are all that their names differ in. */
export class Collection extends Documents {
  /** Its name and a slash. */
  readonly #parent: string;
  /** What the key of every name in it begins with. */
  readonly #prefix: string;
  readonly #entries = new SortedList<Entry>();

  constructor(name: string) {
    super();
    this.#parent = `${name}/`;
    this.#prefix = pathKey(name).slice(0, -1);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(idKey(id));
  }

  /** A place for a document that is not in the collection yet. */
  entry(id: string, doc: StoredDocument): Entry {
    return new Entry(this.#parent, id, doc);
  }

  count(from: string, to: string): number {
    return this.#entries.count(this.#bound(from), this.#bound(to));
  }

  range(from: string, to: string, descending = false): Iterable<Entry> {
    return this.#entries.range(this.#bound(from), this.#bound(to), descending);
  }

  #bound(key: string): string {
    return boundWithin(this.#prefix, key);
  }

  protected place(entry: Entry): void {
    this.#entries.add(entry);
  }

  protected remove(entry: Entry): void {
    this.#entries.delete(entry.key);
  }
}

/** Documents of several collections. */
export class Group extends Documents {
  readonly #items: SortedList<Item>;

  constructor(entries: Iterable<Entry>) {
    super();
    this.#items = SortedList.from(Array.from(entries, itemOf));
  }

  get size(): number {
    return this.#items.size;
  }

  count(from: string, to: string): number {
    return this.#items.count(from, to);
  }

  *range(from: string, to: string, descending = false): Generator<Entry, void, undefined> {
    for (const { entry } of this.#items.range(from, to, descending)) yield entry;
  }

  protected place(entry: Entry): void {
    this.#items.add(itemOf(entry));
  }

  protected remove(entry: Entry): void {
    this.#items.delete(pathKey(entry.name));
  }
}

const itemOf = (entry: Entry): Item => ({ key: pathKey(entry.name), entry });
