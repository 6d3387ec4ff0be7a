import type { Fields } from '../../shared/events/firestore-values.ts';
import type { StoredDocument } from './document.ts';
import type { Entry } from './entry.ts';
import { type Keyed, SortedList } from './sorted.ts';
import { getField } from './values/fields.ts';
import { pathKey, valueKey } from './values/keys.ts';

/** An entry under one of its keys. */
export interface Item extends Keyed {
  readonly entry: Entry;
}

/** An index holds each document under the joined keys of its fields, or under each element of one array. */
export interface IndexSpec {
  readonly paths: readonly (readonly string[])[];
  readonly elements: boolean;
}

/** Entries in the order of the keys of their fields, and then of their names. */
export class Index {
  readonly items: SortedList<Item>;
  readonly #spec: IndexSpec;

  constructor(spec: IndexSpec, entries: Iterable<Entry>) {
    this.#spec = spec;
    const items: Item[] = [];
    for (const entry of entries) {
      const name = pathKey(entry.name);
      for (const key of this.#keys(entry.doc.fields)) items.push({ key: key + name, entry });
    }
    this.items = SortedList.from(items);
  }

  change(entry: Entry, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
    const old = before ? this.#keys(before.fields) : [];
    const now = after ? this.#keys(after.fields) : [];
    const gone = old.filter(key => !now.includes(key));
    const added = now.filter(key => !old.includes(key));
    if (gone.length + added.length === 0) return;
    const name = pathKey(entry.name);
    for (const key of gone) this.items.delete(key + name);
    for (const key of added) this.items.add({ key: key + name, entry });
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
