import type { Fifo } from './fifo.ts';
import type { HeapItem } from './heap.ts';
import type { HeldMessage } from './messages.ts';

/**
 * waiting: deliverable, or behind its ordering key. delayed: in its backoff. leased: out with a client.
 * settled: acknowledged, but behind an unacknowledged message of its key, so it may yet be delivered again.
 * gone: out of the subscription.
 */
export type EntryState = 'waiting' | 'delayed' | 'leased' | 'settled' | 'gone';

/** One message in one subscription. */
export interface Entry extends HeapItem {
  readonly held: HeldMessage;
  /** Failed deliveries: those given back and those whose lease ran out. */
  failures: number;
  state: EntryState;
  ackId: string;
  /** When the lease or the backoff ends, milliseconds. */
  due: number;
  /** Told when the lease ends, for whatever reason. */
  onEnd: ((ackId: string) => void) | undefined;
  readonly key: OrderingKey | undefined;
  /** Position in the key's queue. */
  position: number;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** The messages of one ordering key: delivered in order, one outstanding batch at a time. */
export interface OrderingKey extends HeapItem {
  readonly name: string;
  readonly entries: Fifo<Entry>;
  /** Position of the next entry to deliver. */
  cursor: number;
  leased: number;
  pausedUntil: number;
  heap: 'ready' | 'paused' | undefined;
}

/** Of equal deadlines the older message comes first, so that what happens depends on nothing but the clock. */
export const dueBefore = (a: Entry, b: Entry): boolean =>
  a.due < b.due || (a.due === b.due && a.held.sequence < b.held.sequence);

export const publishedBefore = (a: Entry, b: Entry): boolean => a.held.sequence < b.held.sequence;
