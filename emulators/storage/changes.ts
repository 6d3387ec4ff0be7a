import { StorageError } from './errors.ts';
import type { PendingChange } from './journal.ts';
import type { ChangeListener } from './types.ts';

/** Tells listeners of changes; one stays pending until every listener has taken it, over a restart as well. */
export class ChangeFeed {
  readonly #listeners = new Set<ChangeListener>();
  readonly #sent: (seq: number) => void;
  /** What was refused, or left by an earlier run. */
  #left: PendingChange[];

  constructor(left: readonly PendingChange[], sent: (seq: number) => void) {
    this.#left = [...left];
    this.#sent = sent;
  }

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  /** A new listener may be the one that takes what was left. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    void this.#tellLeft();
    return () => this.#listeners.delete(listener);
  }

  /** @throws StorageError 503 when a listener fails; the change is told again with the next one, or after a restart */
  async tell(changes: readonly PendingChange[]): Promise<void> {
    for (const [at, pending] of changes.entries()) {
      try {
        await this.#tellOne(pending);
      } catch (cause) {
        this.#left.push(...changes.slice(at));
        throw notTaken(pending, cause);
      }
    }
    if (this.#left.length > 0) void this.#tellLeft();
  }

  /** For a client that comes back after a 503. @throws StorageError 503 when changes are still refused */
  async settle(): Promise<void> {
    await this.#tellLeft();
    const [first] = this.#left;
    if (first) throw notTaken(first, 'refused again');
  }

  async #tellLeft(): Promise<void> {
    const left = this.#left;
    this.#left = [];
    for (const pending of left) await this.#tellOne(pending).catch(() => this.#left.push(pending));
  }

  async #tellOne({ seq, change }: PendingChange): Promise<void> {
    await Promise.all(Array.from(this.#listeners, async listener => listener(change)));
    this.#sent(seq);
  }
}

function notTaken({ change: { event, object } }: PendingChange, cause: unknown): StorageError {
  const message = `${object.name} is changed, but its ${event} event was not taken: ${cause}`;
  return Object.assign(new StorageError(503, 'backendError', message), { cause });
}
