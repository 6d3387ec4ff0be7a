import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeFully } from '../journal.ts';
import type { StoredMessage } from './types.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** A segment smaller than this is written on after its last message has gone, to spare a file for each message. */
const KEEP_BYTES = 1024 * 1024;
const LENGTHS_BYTES = 8;
const NAME = /^(\d{8})\.messages$/;

export interface Segment {
  readonly path: string;
  readonly file: number;
  bytes: number;
  /** Messages in it that some subscription still needs. */
  live: number;
}

/** Where a message lies. */
export interface Slot {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

export interface StoredRecord {
  readonly message: StoredMessage;
  /** Numbers of the subscriptions that it was published to. */
  readonly holders: readonly number[];
}

/** JSON beside the raw data of a record. */
interface Header {
  readonly id: string;
  readonly at: number;
  readonly to: readonly number[];
  readonly key?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * Files of messages, appended to and deleted whole. A record is two 32-bit lengths (header, data), a JSON header, the data.
 * Writes are plain write() without fsync: they outlive the process, not the machine.
 */
export class Segments {
  readonly #dir: string;
  #number = 0;
  #current: Segment | undefined;
  readonly #all = new Set<Segment>();

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  append(records: readonly StoredRecord[]): Slot[] {
    const slots: Slot[] = [];
    let buffers: Buffer[] = [];
    let segment = this.#open();
    const flush = (): void => {
      if (buffers.length > 0) writeFully(segment.file, Buffer.concat(buffers));
      buffers = [];
    };
    for (const record of records) {
      if (segment.bytes >= SEGMENT_BYTES) {
        flush();
        segment = this.#open();
      }
      const header = encodeHeader(record);
      const lengths = Buffer.allocUnsafe(LENGTHS_BYTES);
      const { data } = record.message;
      lengths.writeUInt32LE(header.length, 0);
      lengths.writeUInt32LE(data.length, 4);
      buffers.push(lengths, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      const length = LENGTHS_BYTES + header.length + data.length;
      slots.push({ segment, offset: segment.bytes, length });
      segment.bytes += length;
      segment.live++;
    }
    flush();
    return slots;
  }

  read(slot: Slot): StoredMessage {
    const bytes = Buffer.allocUnsafeSlow(slot.length);
    let done = 0;
    while (done < slot.length) {
      const got = readSync(slot.segment.file, bytes, done, slot.length - done, slot.offset + done);
      if (got === 0) throw new Error(`${slot.segment.path} ends before byte ${slot.offset + slot.length}`);
      done += got;
    }
    return decode(bytes, 0)!.record.message;
  }

  /** One message of the segment is needed no more; the file goes with its last. */
  release({ segment }: Slot): void {
    segment.live--;
    if (segment.live === 0 && (segment !== this.#current || segment.bytes >= KEEP_BYTES))
      this.#delete(segment);
  }

  /**
   * Reads what a former process left, oldest first. A last record cut short by a crash is passed over: it was never
   * confirmed. `keep` says whether the message is needed still; segments without any such are deleted.
   */
  recover(keep: (record: StoredRecord, slot: Slot) => boolean): void {
    const names = readdirSync(this.#dir).filter(name => NAME.test(name));
    for (const name of names.sort()) {
      this.#number = Number(NAME.exec(name)![1]);
      const path = join(this.#dir, name);
      const bytes = readFileSync(path);
      const segment: Segment = { path, file: openSync(path, 'r'), bytes: bytes.length, live: 0 };
      this.#all.add(segment);
      let offset = 0;
      for (let found = decode(bytes, 0); found; found = decode(bytes, offset)) {
        if (keep(found.record, { segment, offset, length: found.length })) segment.live++;
        offset += found.length;
      }
      if (segment.live === 0) this.#delete(segment);
    }
  }

  close(): void {
    for (const segment of this.#all) closeSync(segment.file);
    this.#all.clear();
    this.#current = undefined;
  }

  #open(): Segment {
    if (this.#current && this.#current.bytes < SEGMENT_BYTES) return this.#current;
    const full = this.#current;
    const path = join(this.#dir, `${String(++this.#number).padStart(8, '0')}.messages`);
    this.#current = { path, file: openSync(path, 'w+'), bytes: 0, live: 0 };
    this.#all.add(this.#current);
    if (full?.live === 0) this.#delete(full);
    return this.#current;
  }

  #delete(segment: Segment): void {
    closeSync(segment.file);
    unlinkSync(segment.path);
    this.#all.delete(segment);
    if (segment === this.#current) this.#current = undefined;
  }
}

function encodeHeader({ message, holders }: StoredRecord): Buffer {
  const header: Header = {
    id: message.messageId,
    at: message.publishTime,
    to: holders,
    ...(message.orderingKey && { key: message.orderingKey }),
    ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
  };
  return Buffer.from(JSON.stringify(header));
}

/** The record at the offset, or undefined when the bytes end before it does. */
function decode(bytes: Buffer, offset: number): { record: StoredRecord; length: number } | undefined {
  if (offset + LENGTHS_BYTES > bytes.length) return undefined;
  const headerLength = bytes.readUInt32LE(offset);
  const length = LENGTHS_BYTES + headerLength + bytes.readUInt32LE(offset + 4);
  if (offset + length > bytes.length) return undefined;
  const data = offset + LENGTHS_BYTES + headerLength;
  const header = JSON.parse(bytes.toString('utf8', offset + LENGTHS_BYTES, data)) as Header;
  const message: StoredMessage = {
    messageId: header.id,
    publishTime: header.at,
    orderingKey: header.key ?? '',
    attributes: header.attributes ?? {},
    // A copy: a view would keep the whole file's bytes in memory.
    data: Uint8Array.prototype.slice.call(bytes, data, offset + length),
  };
  return { record: { message, holders: header.to }, length };
}
