import type { Item } from './formats/item.ts';

/** Below Eventarc's limit by a margin, so that `enrich` can add its fields to a full batch. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 200 * 1024;
const BATCH_REJECTS = 500;

/**
 * A record on its way into a batch: the event as JSON already.
 * @param tabular the record is a row of text cells
 */
export type Serialise = (item: Item & { kind: 'record' }, tabular: boolean) => string;

export interface Cut {
  /** 0 for the first batch of a file. */
  readonly number: number;
  readonly events: readonly string[];
  readonly rejects: readonly Rejected[];
  /** Items of the file up to this cut, records and rejects: where a later reading goes on. */
  readonly items: number;
}

type Rejected = Item & { kind: 'reject' };

export interface Batcher {
  /** Takes one item; returns the batch that the item has filled, or that had no room for it. */
  add(item: Item, tabular: boolean): Cut | undefined;
  /** What is left at the end of the file. */
  rest(): Cut | undefined;
}

/**
 * Cuts a file's records into batches. Where a cut lies depends on the records alone, never on time or on how the bytes
 * arrived, so that a second reading from any earlier cut makes the very same batches.
 * @param from the last cut's successor, when reading goes on after a pause
 */
export function createBatcher(serialise: Serialise, from = { number: 0, items: 0 }): Batcher {
  let { number, items } = from;
  let events: string[] = [];
  let rejects: Rejected[] = [];
  let bytes = 0;
  const cut = (): Cut => {
    const full = { number, events, rejects, items };
    number++;
    events = [];
    rejects = [];
    bytes = 0;
    return full;
  };
  return {
    add: (item, tabular) => {
      const event = item.kind === 'record' ? serialise(item, tabular) : undefined;
      const size = event ? Buffer.byteLength(event) + 1 : 0;
      // A record that does not fit opens the next batch; alone it may be as large as one event may be.
      const before = events.length > 0 && bytes + size > BATCH_BYTES ? cut() : undefined;
      if (event) events.push(event);
      else rejects.push(item as Rejected);
      bytes += size;
      items++;
      if (before) return before;
      return events.length >= BATCH_EVENTS || rejects.length >= BATCH_REJECTS ? cut() : undefined;
    },
    rest: () => (events.length + rejects.length > 0 ? cut() : undefined),
  };
}
