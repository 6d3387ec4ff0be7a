import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFully } from '../pubsub/segments.ts';
import type { Progress, QueueConfig, TaskSpec } from './types.ts';

/** One line of the journal, as JSON. Names are full; `free` is when a name may be given again. */
export type JournalRecord =
  | { readonly queue: QueueConfig }
  | { readonly deletedQueue: string; readonly free: number }
  | { readonly task: string; readonly spec: TaskSpec; readonly progress: Progress }
  | { readonly attempted: string; readonly progress: Progress }
  | { readonly gone: string; readonly free: number };

/** Beyond this the journal is written anew while running. */
const COMPACT_BYTES = 16 * 1024 * 1024;

/** Append-only JSON lines, each written in one call before its caller is answered: kill -9 leaves at most a torn last line. */
export class Journal {
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;
  #compactAt = COMPACT_BYTES;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#path = join(dir, 'journal.jsonl');
  }

  /** Every whole record, oldest first. @throws when a line is no JSON, with its place */
  read(): JournalRecord[] {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, 'utf8').split('\n');
    // What follows the last line break was never answered.
    lines.pop();
    return lines.map((line, at) => {
      try {
        return JSON.parse(line) as JournalRecord;
      } catch (cause) {
        throw new Error(
          `${this.#path}:${at + 1} is no JSON: restore the file, or remove its folder to start anew`,
          { cause },
        );
      }
    });
  }

  /** Replaces the history by what leads to the same state, in one rename. */
  rewrite(records: readonly JournalRecord[]): void {
    this.close();
    const lines = Buffer.from(records.map(record => `${JSON.stringify(record)}\n`).join(''));
    writeFileSync(`${this.#path}.next`, lines);
    renameSync(`${this.#path}.next`, this.#path);
    this.#file = openSync(this.#path, 'a');
    this.#bytes = lines.length;
    this.#compactAt = COMPACT_BYTES + 2 * lines.length;
  }

  get isLarge(): boolean {
    return this.#bytes > this.#compactAt;
  }

  append(record: JournalRecord): void {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    writeFully(this.#file!, bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
