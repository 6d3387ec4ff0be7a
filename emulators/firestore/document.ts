import type { Document, Value } from './types.ts';
import { decodeFields, encodeDocument, encodeFields, type Fields } from './values/codec.ts';
import { toTimestamp } from './values/time.ts';

/** Decoded fields of the documents looked at last; the rest live as bytes, which take a fraction of the memory. */
const recent: (StoredDocument | undefined)[] = new Array(2048).fill(undefined);
let turn = 0;

/** One immutable version of a document; times in microseconds. */
export class StoredDocument {
  readonly name: string;
  /** The encoded fields, as in google.firestore.v1.Document. */
  readonly bytes: Uint8Array;
  readonly createTime: number;
  readonly updateTime: number;
  #fields: Fields | undefined = undefined;

  constructor(name: string, bytes: Uint8Array, createTime: number, updateTime: number) {
    this.name = name;
    this.bytes = bytes;
    this.createTime = createTime;
    this.updateTime = updateTime;
  }

  static of(name: string, fields: Fields, createTime: number, updateTime: number): StoredDocument {
    return new StoredDocument(name, encodeFields(fields), createTime, updateTime);
  }

  get fields(): Fields {
    if (this.#fields) return this.#fields;
    const previous = recent[turn];
    if (previous) previous.#fields = undefined;
    recent[turn] = this;
    turn = (turn + 1) % recent.length;
    this.#fields = decodeFields(this.bytes);
    return this.#fields;
  }

  /** As google.firestore.v1.Document on the wire; one that is missing has a name and no times. */
  encode(): Uint8Array {
    const times = this.createTime === 0 ? [] : [toTimestamp(this.createTime), toTimestamp(this.updateTime)];
    return encodeDocument(this.name, this.bytes, times);
  }

  /** A plain document whose fields are decoded when first read. */
  toDocument(): Document {
    let fields: Record<string, Value> | undefined;
    const { bytes } = this;
    return {
      name: this.name,
      get fields() {
        fields ??= decodeFields(bytes);
        return fields;
      },
      createTime: toTimestamp(this.createTime),
      updateTime: toTimestamp(this.updateTime),
    };
  }
}
