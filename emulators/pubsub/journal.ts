import { join } from 'node:path';
import { Journal as Lines } from '../journal.ts';
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

const COMPACT_BYTES = 32 * 1024 * 1024;

/**
 * What happened, in order, for the next start: configuration at once, acknowledgements and failures once per turn of the
 * event loop. A crash may so lose the last acknowledgements, never a message: they are delivered again.
 */
export class Journal extends Lines<JournalRecord> {
  readonly #pending = { left: new Map<number, number[]>(), failed: new Map<number, number[]>() };
  #scheduled: NodeJS.Immediate | undefined;

  constructor(dir: string) {
    super(join(dir, 'journal.jsonl'), COMPACT_BYTES);
  }

  /** What was noted and not written yet is in the records. */
  override rewrite(records: Iterable<JournalRecord>): void {
    this.#forget();
    super.rewrite(records);
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

  override close(): void {
    this.flush();
    super.close();
  }

  #forget(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#pending.left.clear();
    this.#pending.failed.clear();
  }
}
