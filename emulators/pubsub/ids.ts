/** So many at a time are written down, so that none is given twice even where no message was kept. */
const BLOCK = 1_000_000;
const PER_MILLISECOND = 1000;

/**
 * Rising message ids. They begin with the clock, so that they rise over restarts even without a folder: consumers may
 * remember them longer than the broker does.
 */
export class Ids {
  #next: number;
  #reserved = 0;
  readonly #onReserve: (below: number) => void;

  /** @param onReserve told before an id is given that all ids below this one may have been */
  constructor(now: number, onReserve: (below: number) => void) {
    this.#next = Math.max(1, now * PER_MILLISECOND);
    this.#onReserve = onReserve;
  }

  take(): number {
    const id = this.#next++;
    if (id >= this.#reserved) {
      this.#reserved = id + BLOCK;
      this.#onReserve(this.#reserved);
    }
    return id;
  }

  /** Ids below this one are taken. */
  skipTo(id: number): void {
    this.#next = Math.max(this.#next, id);
  }

  get last(): number {
    return this.#next - 1;
  }

  /** All ids below may have been given. */
  get bound(): number {
    return Math.max(this.#next, this.#reserved);
  }
}
