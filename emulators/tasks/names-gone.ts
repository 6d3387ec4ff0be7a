/** Names that are not free yet, though what bore them is gone. */
export class NamesGone {
  readonly #free = new Map<string, number>();
  readonly #keep: number;

  /** @param keep milliseconds that a name stays taken */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** @returns when the name is free again */
  add(name: string, now: number): number {
    const free = now + this.#keep;
    this.restore(name, free);
    this.#prune(now);
    return free;
  }

  restore(name: string, free: number): void {
    this.#free.delete(name);
    this.#free.set(name, free);
  }

  has(name: string, now: number): boolean {
    return (this.#free.get(name) ?? 0) > now;
  }

  entries(): [name: string, free: number][] {
    return [...this.#free];
  }

  /** All stay for the same time, so the oldest come first. */
  #prune(now: number): void {
    for (const [name, free] of this.#free) {
      if (free > now) return;
      this.#free.delete(name);
    }
  }
}
