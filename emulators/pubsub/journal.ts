import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFully } from './segments.ts';
import type { SubscriptionConfig, TopicConfig } from './types.ts';

/** One line of the journal, as JSON. Messages are named by their sequence, subscriptions (`in`) by their number. */
export type JournalRecord =
  | { readonly topic: TopicConfig }
  | { readonly deletedTopic: string }
  | { readonly subscription: SubscriptionConfig; readonly in: number }
  | { readonly deletedSubscription: number }
  | { readonly left: readonly number[]; readonly in: number }
  | { readonly failed: readonly number[]; readonly in: number }
  /** Message ids and subscription numbers below these may have been given out. */
  | { readonly reserved: number; readonly subscriptions: number }
  /** Of all messages up to this one, the subscription holds exactly these, with their failures. */
  | { readonly upTo: number; readonly holds: readonly (readonly [number, number])[]; readonly in: number };

/** Beyond this the journal is written anew while running. */
const COMPACT_BYTES = 32 * 1024 * 1024;

/**
 * What happened, in order, for the next start: configuration at once, acknowledgements and failures once per turn of the
 * event loop. A crash may so lose the last acknowledgements, never a message: they are delivered again.
 */
export class Journal {
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;
  #compactAt = COMPACT_BYTES;
  readonly #pending = { left: new Map<number, number[]>(), failed: new Map<number, number[]>() };
  #scheduled: NodeJS.Immediate | undefined;

  constructor(dir: string) {
    this.#path = join(dir, 'journal.jsonl');
  }

  /** All records of the former process; a last line cut short by a crash is passed over. */
  read(): JournalRecord[] {
    const records: JournalRecord[] = [];
    const lines = readIfThere(this.#path).split('\n');
    lines.pop();
    for (const line of lines) records.push(JSON.parse(line) as JournalRecord);
    return records;
  }

  /** Replaces the whole journal, in one rename. */
  rewrite(records: Iterable<JournalRecord>): void {
    this.#drop();
    const next = `${this.#path}.next`;
    const lines = Buffer.from([...records].map(line).join(''));
    writeFileSync(next, lines);
    renameSync(next, this.#path);
    this.#file = openSync(this.#path, 'a');
    this.#bytes = lines.length;
    this.#compactAt = COMPACT_BYTES + 2 * lines.length;
  }

  get isLarge(): boolean {
    return this.#bytes > this.#compactAt;
  }

  append(record: JournalRecord): void {
    const bytes = Buffer.from(line(record));
    writeFully(this.#file!, bytes);
    this.#bytes += bytes.length;
  }

  note(what: 'left' | 'failed', subscription: number, sequence: number): void {
    const pending = this.#pending[what];
    const sequences = pending.get(subscription);
    if (sequences) sequences.push(sequence);
    else pending.set(subscription, [sequence]);
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  flush(): void {
    for (const [subscription, failed] of this.#pending.failed) this.append({ failed, in: subscription });
    for (const [subscription, left] of this.#pending.left) this.append({ left, in: subscription });
    this.#forget();
  }

  close(): void {
    if (this.#file === undefined) return;
    this.flush();
    this.#drop();
  }

  #drop(): void {
    this.#forget();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #forget(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#pending.left.clear();
    this.#pending.failed.clear();
  }
}

const line = (record: JournalRecord): string => `${JSON.stringify(record)}\n`;

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
