import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cause } from '../meter/cause.ts';
import { Segments, type Slot, type StoredRecord } from './segments.ts';
import type { StoredMessage } from './types.ts';

/** What an object and two strings cost beside their characters, roughly. */
const OVERHEAD_BYTES = 200;

/** A published message that at least one subscription has yet to acknowledge; shared by all of them. */
export interface HeldMessage {
  readonly sequence: number;
  readonly publishTime: number;
  readonly orderingKey: string;
  /** Bytes of data and attributes. */
  readonly size: number;
  /** Undefined when it lies on disk only. */
  message: StoredMessage | undefined;
  slot: Slot | undefined;
  /** Subscriptions that still need it. */
  holders: number;
  readonly cause: Cause | undefined;
}

/**
 * The bodies of all messages: in memory up to a cap, beyond that on disk only. With a folder every message is on disk from
 * the start; without one the files lie in a temporary folder that goes with {@link close}.
 */
export class MessageStore {
  readonly #capBytes: number;
  readonly #durable: boolean;
  #dir: string | undefined;
  #files: Segments | undefined;
  #memoryBytes = 0;

  constructor(dir: string | undefined, capBytes: number) {
    this.#capBytes = capBytes;
    this.#durable = dir !== undefined;
    if (dir !== undefined) this.#files = new Segments(dir);
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  add(records: readonly StoredRecord[], cause?: Cause): HeldMessage[] {
    const inMemory = records.map(record => this.#admit(record.message));
    const toDisk = this.#durable ? records : records.filter((_, at) => !inMemory[at]);
    const slots = toDisk.length > 0 ? this.#segments().append(toDisk) : [];
    let next = 0;
    return records.map((record, at) => {
      const slot = this.#durable || !inMemory[at] ? slots[next++] : undefined;
      return hold(record, inMemory[at]!, slot, cause);
    });
  }

  /** Takes up what a former process left; see {@link Segments.recover}. `keep` gets each message and its subscriptions. */
  recover(keep: (held: HeldMessage, holders: readonly number[]) => boolean): void {
    this.#files?.recover((record, slot) => {
      const held = hold(record, false, slot);
      if (!keep(held, record.holders)) return false;
      if (this.#admit(record.message)) held.message = record.message;
      return true;
    });
  }

  read(held: HeldMessage): StoredMessage {
    return held.message ?? this.#files!.read(held.slot!);
  }

  /** One subscription needs it no more. */
  release(held: HeldMessage): void {
    held.holders--;
    if (held.holders > 0) return;
    if (held.message) this.#memoryBytes -= held.size + OVERHEAD_BYTES;
    if (held.slot) this.#files!.release(held.slot);
    held.message = undefined;
    held.slot = undefined;
  }

  close(): void {
    this.#files?.close();
    if (!this.#durable && this.#dir) rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Whether the message may stay in memory; counts it if so. */
  #admit(message: StoredMessage): boolean {
    const size = sizeOf(message) + OVERHEAD_BYTES;
    if (this.#memoryBytes + size > this.#capBytes) return false;
    this.#memoryBytes += size;
    return true;
  }

  #segments(): Segments {
    if (!this.#files) {
      this.#dir = mkdtempSync(join(tmpdir(), 'millrace-pubsub-'));
      this.#files = new Segments(this.#dir);
    }
    return this.#files;
  }
}

function hold(record: StoredRecord, inMemory: boolean, slot: Slot | undefined, cause?: Cause): HeldMessage {
  const { message, holders } = record;
  return {
    sequence: Number(message.messageId),
    publishTime: message.publishTime,
    orderingKey: message.orderingKey,
    size: sizeOf(message),
    message: inMemory ? message : undefined,
    slot,
    holders: holders.length,
    cause,
  };
}

function sizeOf(message: StoredMessage): number {
  let size = message.data.length;
  for (const key in message.attributes) size += key.length + message.attributes[key]!.length;
  return size;
}
