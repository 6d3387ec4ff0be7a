/** An upload changes its windows all the time: until it is counted they are shown no more often than this, */
const EVERY_MS = 10_000;
/** and where showing them takes long, as with a million keys, this many times that is left to counting. */
const REST = 4;

/** Keeps looks at windows that change all the time apart. Times are ms of one clock. */
export class Pace {
  #next = Number.NEGATIVE_INFINITY;

  /** Whether it is time for a look. */
  due(now: number): boolean {
    return now >= this.#next;
  }

  /** A look that was due has been taken. */
  looked(began: number, over: number): void {
    this.#next = Math.max(began + EVERY_MS, over + REST * (over - began));
  }
}
