import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { frame, readRecords, writeAt } from '../records.ts';

const SEGMENT_BYTES = 32 * 1024 * 1024;
const NAME = /^\d{8}\.rows$/;

/** Rows of one request of insertAll, as they are taken. */
export interface TakenRows {
  /** Rises from one request to the next, over restarts too. */
  readonly sequence: number;
  /** The number of their table. */
  readonly table: number;
  /** When they came, in milliseconds. */
  readonly at: number;
  readonly ignoreUnknown: boolean;
  /** Places of the request's rows that are not taken. */
  readonly without: readonly number[];
  /** The request's body. */
  readonly text: string;
}

interface Segment {
  readonly path: string;
  readonly file: number;
  bytes: number;
  /** Requests in it whose rows DuckDB does not have yet. */
  waiting: number;
}

/** A request that stands in the journal. */
export interface Written {
  readonly sequence: number;
  /** None where it was written before a restart. */
  readonly segment?: Segment;
}

/**
 * Requests on disk until DuckDB has their rows: so each is answered after one write of its own, and DuckDB's commits, which cost
 * the same for few rows as for thousands, are few. A request that is written outlives the process, not the machine.
 */
export class RowJournal {
  readonly #dir: string;
  #current: Segment | undefined;
  #number = 0;
  #sequence = 0;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
  }

  /** Everything that is there, oldest first. What a killed process left half-written was never answered. */
  *read(): Generator<TakenRows, void, undefined> {
    for (const name of this.#names()) {
      const file = openSync(join(this.#dir, name), 'r');
      for (const { payload } of readRecords(file)) {
        const end = payload.indexOf('\n');
        const header = JSON.parse(payload.toString('utf8', 0, end)) as Omit<TakenRows, 'text'>;
        yield { ...header, text: payload.toString('utf8', end + 1) };
      }
      closeSync(file);
    }
  }

  /** Begins anew, once DuckDB has everything. @param sequence of the latest request */
  clear(sequence: number): void {
    for (const name of this.#names()) unlinkSync(join(this.#dir, name));
    this.#sequence = sequence;
  }

  write({ text, ...header }: Omit<TakenRows, 'sequence'>): Written {
    const sequence = this.#sequence + 1;
    const record = frame(Buffer.from(`${JSON.stringify({ sequence, ...header })}\n${text}`));
    const segment = this.#room();
    writeAt(segment.file, record, segment.bytes);
    segment.bytes += record.length;
    segment.waiting++;
    this.#sequence = sequence;
    return { sequence, segment };
  }

  /** DuckDB has their rows, or nobody wants them any more. */
  done(written: readonly Written[]): void {
    for (const { segment } of written) {
      if (!segment) continue;
      segment.waiting--;
      if (segment.waiting === 0 && segment !== this.#current) remove(segment);
    }
  }

  close(): void {
    if (this.#current) closeSync(this.#current.file);
    this.#current = undefined;
  }

  #room(): Segment {
    if (this.#current && this.#current.bytes < SEGMENT_BYTES) return this.#current;
    const full = this.#current;
    const path = join(this.#dir, `${String(++this.#number).padStart(8, '0')}.rows`);
    this.#current = { path, file: openSync(path, 'w'), bytes: 0, waiting: 0 };
    if (full?.waiting === 0) remove(full);
    return this.#current;
  }

  #names(): string[] {
    return readdirSync(this.#dir)
      .filter(name => NAME.test(name))
      .sort();
  }
}

function remove({ file, path }: Segment): void {
  closeSync(file);
  unlinkSync(path);
}
