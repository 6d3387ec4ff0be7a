import type { StoredDocument } from './document.ts';
import { idKey, idOfKey } from './values/keys.ts';

/** The place of a document in every order; the version in it changes, the entry stays. */
export class Entry {
  /** Its collection's name and a slash: the same string for all of the collection. */
  readonly #parent: string;
  /** Of its id: the order within the collection. */
  readonly key: string;
  doc: StoredDocument;

  constructor(parent: string, id: string, doc: StoredDocument) {
    this.#parent = parent;
    this.key = idKey(id);
    this.doc = doc;
  }

  get name(): string {
    return this.#parent + idOfKey(this.key);
  }
}
