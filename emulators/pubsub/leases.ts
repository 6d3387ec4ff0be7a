import { dueBefore, type Entry } from './entry.ts';
import { Heap } from './heap.ts';

type OnEnd = ((ackId: string) => void) | undefined;

/** Who holds which messages of a subscription until when. */
export class Leases {
  readonly #prefix: string;
  #granted = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #deadlines = new Heap<Entry>(dueBefore);

  /** @param prefix of the ack ids, which mean something to this subscription alone */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is leased under these ids; those that lease nothing (any more) are ignored, as the real service does. */
  *of(ackIds: readonly string[]): Generator<Entry> {
    for (const id of ackIds) {
      const entry = this.#entries.get(id);
      if (entry) yield entry;
    }
  }

  grant(entry: Entry, until: number, onEnd: OnEnd): void {
    entry.state = 'leased';
    entry.ackId = `${this.#prefix}-${(this.#granted++).toString(36)}`;
    entry.due = until;
    entry.onEnd = onEnd;
    this.#entries.set(entry.ackId, entry);
    this.#deadlines.push(entry);
  }

  extend(entry: Entry, until: number): void {
    entry.due = until;
    this.#deadlines.moved(entry);
  }

  end(entry: Entry): void {
    this.#entries.delete(entry.ackId);
    this.#deadlines.remove(entry);
    entry.state = 'waiting';
    if (entry.key) entry.key.leased--;
    const { onEnd } = entry;
    entry.onEnd = undefined;
    onEnd?.(entry.ackId);
  }

  /** The one that runs out first, or undefined. */
  peek(): Entry | undefined {
    return this.#deadlines.peek();
  }
}
