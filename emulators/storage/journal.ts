import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { StoredBucket, StoredObject } from './resources.ts';
import type { ObjectChange } from './types.ts';

/** A change whose listeners have not all said yes; `seq` finds it again. */
export interface PendingChange {
  readonly seq: number;
  readonly change: ObjectChange;
}

/** One line each. What belongs together (an object and its events) is one record, so that it lands whole or not at all. */
export type JournalRecord =
  | { readonly op: 'clock'; readonly generation: number; readonly seq: number }
  | { readonly op: 'bucket'; readonly bucket: StoredBucket }
  | { readonly op: 'bucket-gone'; readonly name: string }
  | { readonly op: 'object'; readonly object: StoredObject; readonly pending: readonly PendingChange[] }
  | {
      readonly op: 'object-gone';
      readonly bucket: string;
      readonly name: string;
      readonly pending: readonly PendingChange[];
    }
  | {
      readonly op: 'moved';
      readonly from: string;
      readonly object: StoredObject;
      readonly pending: readonly PendingChange[];
    }
  | { readonly op: 'pending'; readonly pending: readonly PendingChange[] }
  | { readonly op: 'sent'; readonly seq: number };

/** An append-only file of JSON lines. Written in one call each, so kill -9 leaves at most a torn last line. */
export class Journal {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Every whole record, oldest first. */
  *read(): Generator<JournalRecord> {
    if (!existsSync(this.#path)) return;
    const lines = readFileSync(this.#path, 'utf8').split('\n');
    // What follows the last line break was never acknowledged.
    lines.pop();
    for (const [at, line] of lines.entries()) {
      try {
        yield JSON.parse(line) as JournalRecord;
      } catch (cause) {
        throw new Error(
          `${this.#path}:${at + 1} is no JSON: restore the file, or remove its folder to start anew`,
          {
            cause,
          },
        );
      }
    }
  }

  /** Replaces the history by the records that lead to the same state, then is ready to append. */
  restart(records: Iterable<JournalRecord>): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, Array.from(records, record => `${JSON.stringify(record)}\n`).join(''));
    renameSync(next, this.#path);
    this.#file = openSync(this.#path, 'a');
  }

  append(record: JournalRecord): void {
    if (this.#file === undefined) throw new Error('The storage emulator is stopped');
    writeSync(this.#file, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
