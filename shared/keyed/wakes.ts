import type { Timers } from '../timers/timers.ts';
import type { Wake } from './documents.ts';

/** After a failure timers are left alone for so long: the schedule makes up for them, and no batch waits in vain. */
const PAUSE_MS = 60_000;
/** Cloud Tasks takes no later times. */
const FURTHEST_MS = 29 * 24 * 3600_000;

/** Has groups looked at when their timers are due; what cannot be set is left to the schedule. */
export class Wakes {
  readonly #timers: Timers;
  readonly #queue: string;
  readonly #warn: (error: unknown) => void;
  #pausedUntil = 0;

  constructor(timers: Timers, queue: string, warn: (error: unknown) => void) {
    this.#timers = timers;
    this.#queue = queue;
    this.#warn = warn;
  }

  /** Resolves once the timers are set, or have failed. Never rejects. */
  async set(wakes: readonly Wake[], clock: number): Promise<void> {
    if (clock < this.#pausedUntil) return;
    await Promise.all(wakes.filter(({ at }) => at - clock < FURTHEST_MS).map(wake => this.#set(wake, clock)));
  }

  async #set(wake: Wake, clock: number): Promise<void> {
    const { operator, group, at } = wake;
    const name = [operator, group, String(wake.wake), new Date(at).toISOString()];
    try {
      await this.#timers.set({ queue: this.#queue, name, at, data: wake });
    } catch (error) {
      // One word for all that were under way.
      if (clock < this.#pausedUntil) return;
      this.#pausedUntil = clock + PAUSE_MS;
      this.#warn(error);
    }
  }
}
