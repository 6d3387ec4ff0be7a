/** Time is billed in pieces of this, rounded up: {@link https://cloud.google.com/run/pricing}. */
const PIECE_MS = 100;

export interface Used {
  readonly requests: number;
  /** Of all instances together. */
  readonly ms: number;
}

/**
 * How long instances would have been billed for the requests of one step: an instance takes so many at once, and is billed
 * while it has any. Starting up and minimum instances are not among it.
 */
export class InstanceTime {
  readonly #concurrency: number;
  /** When each of the busy instances became so; the last is the first to become idle. */
  readonly #busySince: number[] = [];
  #atOnce = 0;
  #requests = 0;
  #ms = 0;
  #told: Used = { requests: 0, ms: 0 };

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  began(now: number): void {
    this.#requests++;
    this.#atOnce++;
    if (this.#atOnce > this.#busySince.length * this.#concurrency) this.#busySince.push(now);
  }

  ended(now: number): void {
    this.#atOnce--;
    if (this.#atOnce > (this.#busySince.length - 1) * this.#concurrency) return;
    this.#ms += Math.ceil((now - this.#busySince.pop()!) / PIECE_MS) * PIECE_MS;
  }

  /** What has been used since this was last asked; of instances that are still busy, the time until now. */
  take(now: number): Used {
    const ms = this.#busySince.reduce((sum, since) => sum + (now - since), this.#ms);
    const used = { requests: this.#requests - this.#told.requests, ms: ms - this.#told.ms };
    this.#told = { requests: this.#requests, ms };
    return used;
  }
}
