/**
 * How many requests one step may have at once, shared by its triggers. A trigger that takes all it can get still leaves
 * one slot for each of the others, so that a slow one never blocks them.
 */
export class Slots {
  readonly limit: number;
  readonly #takers: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @param takers how many triggers share the slots */
  constructor(limit: number, takers: number) {
    this.limit = limit;
    this.#takers = takers;
    this.#free = limit;
  }

  /** Takes up to what this taker may have beyond the `held` ones; `retry` is called when there may be more. */
  take(held: number, retry: () => void): number {
    const share = Math.max(1, this.limit - (this.#takers - 1));
    const taken = Math.max(0, Math.min(share - held, this.#free));
    this.#free -= taken;
    // A taker at its own share is woken by its own release; only one that others starve has to wait for theirs.
    if (taken === 0 && held < share) this.#waiting.add(retry);
    return taken;
  }

  release(count: number): void {
    if (count === 0) return;
    this.#free += count;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const retry of waiting) retry();
  }
}
