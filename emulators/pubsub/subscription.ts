import { compileFilter, type Matches } from './filter.ts';
import type { SubscriptionQueue } from './queue.ts';
import type { SubscriptionConfig } from './types.ts';

/** A subscription of a running broker. */
export class Subscription {
  /** What the journal knows it by: a name may be given again. */
  readonly number: number;
  readonly queue: SubscriptionQueue;
  readonly #matches: Matches | undefined;
  readonly #listeners = new Set<() => void>();
  #notified = false;

  constructor(number: number, queue: SubscriptionQueue) {
    this.number = number;
    this.queue = queue;
    this.#matches = queue.config.filter ? compileFilter(queue.config.filter) : undefined;
  }

  get config(): SubscriptionConfig {
    return this.queue.config;
  }

  get isFiltered(): boolean {
    return this.#matches !== undefined;
  }

  wants(attributes: Readonly<Record<string, string>>): boolean {
    return this.#matches === undefined || this.#matches(attributes);
  }

  /** @returns what ends the listening */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells listeners once for all that happens in this turn. */
  notify(): void {
    if (this.#notified) return;
    this.#notified = true;
    queueMicrotask(() => {
      this.#notified = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
