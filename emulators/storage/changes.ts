import { StorageError } from './errors.ts';
import type { PendingChange } from './journal.ts';
import type { ChangeListener } from './types.ts';

/** Tells listeners of changes; one stays pending until every listener has taken it, over a restart as well. */
export class ChangeFeed {
  readonly #listeners = new Set<ChangeListener>();
  readonly #sent: (seq: number) => void;
  #left: PendingChange[];

  /** `left` are changes that an earlier run did not get rid of: they go to the first listener that comes. */
  constructor(left: readonly PendingChange[], sent: (seq: number) => void) {
    this.#left = [...left];
    this.#sent = sent;
  }

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    const left = this.#left;
    this.#left = [];
    if (left.length > 0) {
      this.tell(left).catch(error => {
        console.error(error);
        this.#left.push(...left);
      });
    }
    return () => this.#listeners.delete(listener);
  }

  /** @throws StorageError 503 when a listener fails; the change is kept for the next start */
  async tell(changes: readonly PendingChange[]): Promise<void> {
    for (const { seq, change } of changes) {
      try {
        await Promise.all(Array.from(this.#listeners, listener => listener(change)));
      } catch (cause) {
        const { name } = change.object;
        throw Object.assign(
          new StorageError(
            503,
            'backendError',
            `${name} is stored, but its ${change.event} event was not taken: ${cause}`,
          ),
          { cause },
        );
      }
      this.#sent(seq);
    }
  }
}
