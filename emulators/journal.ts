import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

const COMPACT_BYTES = 16 * 1024 * 1024;

/** Append-only JSON lines, each written in one call before its caller is answered: kill -9 leaves at most a torn last line. */
export class Journal<Record> {
  readonly #path: string;
  readonly #compactBytes: number;
  #file: number | undefined;
  #bytes = 0;
  #compactAt: number;

  /** @param compactBytes beyond which it deserves to be written anew while running */
  constructor(path: string, compactBytes: number = COMPACT_BYTES) {
    mkdirSync(dirname(path), { recursive: true });
    this.#path = path;
    this.#compactBytes = compactBytes;
    this.#compactAt = compactBytes;
  }

  /** Every whole record, oldest first. @throws when a line is no JSON, with its place */
  *read(): Generator<Record> {
    if (!existsSync(this.#path)) return;
    const lines = readFileSync(this.#path, 'utf8').split('\n');
    // What follows the last line break was never answered.
    lines.pop();
    for (const [at, line] of lines.entries()) {
      try {
        yield JSON.parse(line) as Record;
      } catch (cause) {
        throw new Error(
          `${this.#path}:${at + 1} is no JSON: restore the file, or remove its folder to start anew`,
          { cause },
        );
      }
    }
  }

  /** Replaces the history by what leads to the same state, in one rename; then it is ready to append. */
  rewrite(records: Iterable<Record>): void {
    this.close();
    const lines = Buffer.from(Array.from(records, lineOf).join(''));
    writeFileSync(`${this.#path}.next`, lines);
    renameSync(`${this.#path}.next`, this.#path);
    this.#file = openSync(this.#path, 'a');
    this.#bytes = lines.length;
    this.#compactAt = this.#compactBytes + 2 * lines.length;
  }

  /** It has become several times as long as what it amounts to. */
  get isLarge(): boolean {
    return this.#bytes > this.#compactAt;
  }

  append(record: Record): void {
    if (this.#file === undefined) throw new Error(`${this.#path} is closed: its emulator has stopped`);
    const bytes = Buffer.from(lineOf(record));
    writeFully(this.#file, bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

const lineOf = (record: unknown): string => `${JSON.stringify(record)}\n`;

/** A write may take less than it was given. */
export function writeFully(file: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(file, bytes, done);
}
