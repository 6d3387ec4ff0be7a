import type { StoredDocument } from './document.ts';
import { type Keyed, SortedList } from './sorted.ts';
import type { Fields } from './values/codec.ts';
import { getField } from './values/fields.ts';
import { valueKey } from './values/keys.ts';

/** The place of a document in every order; the version in it changes, the entry stays. */
export interface Entry extends Keyed {
  doc: StoredDocument;
}

interface Item extends Keyed {
  readonly entry: Entry;
}

/** An index holds each document under the joined keys of its fields, or under each element of one array. */
export interface IndexSpec {
  readonly paths: readonly (readonly string[])[];
  readonly elements: boolean;
}

const MAX_INDEXES = 24;

/** The documents of one collection, or of one collection group, with indexes built when a query first asks. */
export class Collection {
  readonly entries: SortedList<Entry>;
  /** In order of last use. */
  readonly #indexes = new Map<string, Index>();

  constructor(entries: Entry[] = []) {
    this.entries = SortedList.from(entries);
  }

  index(spec: IndexSpec): SortedList<Item> {
    const id = JSON.stringify([spec.elements, spec.paths]);
    let index = this.#indexes.get(id);
    if (index) this.#indexes.delete(id);
    else index = new Index(spec, this.entries.range('', '\xff'));
    this.#indexes.set(id, index);
    if (this.#indexes.size > MAX_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index.items;
  }

  /** Takes over what one commit did to one entry; `before` and `after` are its versions. */
  change(entry: Entry, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
    if (!before) this.entries.add(entry);
    else if (!after) this.entries.delete(entry.key);
    for (const index of this.#indexes.values()) index.change(entry, before, after);
  }
}

class Index {
  readonly items: SortedList<Item>;
  readonly #spec: IndexSpec;

  constructor(spec: IndexSpec, entries: Iterable<Entry>) {
    this.#spec = spec;
    const items: Item[] = [];
    for (const entry of entries)
      for (const key of this.#keys(entry.doc.fields)) items.push({ key: key + entry.key, entry });
    this.items = SortedList.from(items);
  }

  change(entry: Entry, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
    const old = before ? this.#keys(before.fields) : [];
    const now = after ? this.#keys(after.fields) : [];
    for (const key of old) if (!now.includes(key)) this.items.delete(key + entry.key);
    for (const key of now) if (!old.includes(key)) this.items.add({ key: key + entry.key, entry });
  }

  #keys(fields: Fields): string[] {
    if (this.#spec.elements) {
      const values = getField(fields, this.#spec.paths[0]!)?.arrayValue?.values ?? [];
      return [...new Set(values.map(valueKey))];
    }
    let key = '';
    for (const path of this.#spec.paths) {
      const value = getField(fields, path);
      if (value === undefined) return [];
      key += valueKey(value);
    }
    return [key];
  }
}
