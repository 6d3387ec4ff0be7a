import type { Fields } from '../../shared/events/firestore-values.ts';
import { decodeFields, encodeDocument, encodeFields } from '../../shared/events/firestore-wire.ts';
import { Block, type Blocks, roomFor } from './blocks.ts';
import type { Entry } from './entry.ts';
import type { Document, Value } from './types.ts';
import { toTimestamp } from './values/time.ts';

/** Decoded fields of the documents looked at last; the rest live as bytes, which take a fraction of the memory. */
const recent = new Set<StoredDocument>();
const MOST_RECENT = 2048;
/** Of encoded fields; decoded they take some ten times as much. */
const MOST_RECENT_BYTES = 4 * 1024 * 1024;
let recentBytes = 0;

/** A record is create time, update time (doubles), length of the fields (32 bits), fields. */
const UPDATED = 8;
const LENGTH = 16;
const FIELDS = 20;

/**
 * One immutable version of a document; times in microseconds. It begins on its own; once it is in the store it shares its name
 * with the other versions, and a block of memory with other documents.
 */
export class StoredDocument {
  #name: string | Entry;
  #block: Block;
  #at = 0;
  #fields: Fields | undefined = undefined;

  /** @param fields encoded, as in google.firestore.v1.Document */
  constructor(name: string, fields: Uint8Array, createTime: number, updateTime: number) {
    const record = roomFor(FIELDS + fields.length);
    record.writeDoubleLE(createTime, 0);
    record.writeDoubleLE(updateTime, UPDATED);
    record.writeUInt32LE(fields.length, LENGTH);
    record.set(fields, FIELDS);
    this.#name = name;
    this.#block = new Block(record, record.length);
  }

  static of(name: string, fields: Fields, createTime: number, updateTime: number): StoredDocument {
    return new StoredDocument(name, encodeFields(fields), createTime, updateTime);
  }

  get name(): string {
    return typeof this.#name === 'string' ? this.#name : this.#name.name;
  }

  get createTime(): number {
    return this.#block.bytes.readDoubleLE(this.#at);
  }

  get updateTime(): number {
    return this.#block.bytes.readDoubleLE(this.#at + UPDATED);
  }

  /** The encoded fields, as in google.firestore.v1.Document. */
  get bytes(): Uint8Array {
    const from = this.#at + FIELDS;
    return this.#block.bytes.subarray(from, from + this.#length);
  }

  get #length(): number {
    return this.#block.bytes.readUInt32LE(this.#at + LENGTH);
  }

  get fields(): Fields {
    if (this.#fields) return this.#fields;
    this.#fields = decodeFields(this.bytes);
    recent.add(this);
    recentBytes += this.#length;
    while (recent.size > MOST_RECENT || (recentBytes > MOST_RECENT_BYTES && recent.size > 1)) {
      const oldest = recent.values().next().value!;
      recent.delete(oldest);
      recentBytes -= oldest.#length;
      oldest.#fields = undefined;
    }
    return this.#fields;
  }

  /** It is the current version of the entry from now on. */
  settle(entry: Entry, blocks: Blocks): void {
    this.#name = entry;
    this.#move(blocks);
  }

  /** It is no current version any more. */
  release(blocks: Blocks): void {
    blocks.release(this.#block, FIELDS + this.#length);
  }

  /** Leaves a block that little is left of. */
  leave(blocks: Blocks): void {
    if (!blocks.isSparse(this.#block)) return;
    this.release(blocks);
    this.#move(blocks);
  }

  #move(blocks: Blocks): void {
    const record = this.#block.bytes.subarray(this.#at, this.#at + FIELDS + this.#length);
    this.#block = blocks.take(record);
    this.#at = this.#block.used - record.length;
  }

  /** As google.firestore.v1.Document on the wire; one that is missing has a name and no times. */
  encode(): Uint8Array {
    const { createTime } = this;
    if (createTime === 0) return encodeDocument(this.name, this.bytes, undefined, undefined);
    return encodeDocument(this.name, this.bytes, toTimestamp(createTime), toTimestamp(this.updateTime));
  }

  /** A plain document whose fields are decoded when first read. */
  toDocument(): Document {
    let fields: Record<string, Value> | undefined;
    const { name, bytes } = this;
    const [createTime, updateTime] = [toTimestamp(this.createTime), toTimestamp(this.updateTime)];
    return {
      name,
      get fields() {
        fields ??= decodeFields(bytes);
        return fields;
      },
      createTime,
      updateTime,
      get encoded() {
        return encodeDocument(name, bytes, createTime, updateTime);
      },
    };
  }
}
