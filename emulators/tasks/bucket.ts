import type { RateLimits } from './types.ts';

/** A token bucket: `burst` dispatches at once, then `perSecond`. */
export class TokenBucket {
  #limits: RateLimits;
  #tokens: number;
  #at: number;

  constructor(limits: RateLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#at = now;
  }

  set limits(limits: RateLimits) {
    this.#limits = limits;
    this.#tokens = Math.min(this.#tokens, limits.burst);
  }

  /** Takes a token. @returns 0, or the milliseconds until there is one */
  take(now: number): number {
    const { perSecond, burst } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) * perSecond) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return ((1 - this.#tokens) * 1000) / perSecond;
    this.#tokens--;
    return 0;
  }
}
