const LONGEST_MS = 2 ** 31 - 1;

/** One timer for the earliest of many times. It keeps no process alive. */
export class Alarm {
  readonly #now: () => number;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(now: () => number, ring: () => void) {
    this.#now = now;
    this.#ring = ring;
  }

  /** Rings no later than this, milliseconds; perhaps earlier, for whoever asked before. */
  setFor(time: number): void {
    if (time >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = time;
    const wait = Math.min(LONGEST_MS, Math.max(1, time - this.#now()));
    this.#timer = setTimeout(() => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    }, wait);
    this.#timer.unref();
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#at = Number.NEGATIVE_INFINITY;
  }
}
