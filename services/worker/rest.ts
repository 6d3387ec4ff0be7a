/** ms */
const FIRST = 1000;
const LONGEST = 60_000;

/**
 * How long a place stays taken after a transient failure. When a database is away every message fails: a push subscription
 * slows down by itself then, while a worker would spend the attempts of all that waits within minutes.
 */
export class Rest {
  #pause = 0;
  #until = 0;

  /** @returns ms; failures within one rest are one */
  failed(now: number): number {
    if (now >= this.#until) {
      this.#pause = Math.min(LONGEST, this.#pause === 0 ? FIRST : this.#pause * 2);
      this.#until = now + this.#pause;
    }
    return this.#until - now;
  }

  succeeded(): void {
    this.#pause = 0;
    this.#until = 0;
  }
}
