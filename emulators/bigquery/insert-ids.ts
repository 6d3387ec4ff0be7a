/** A generation of ids ends after this time, or at this number. */
const GENERATION_MS = 60_000;
const GENERATION_IDS = 1_000_000;

/**
 * Remembers the insert ids of a table for a minute at least, as the service does at best, but never fails to: of more than a
 * million a minute, the last million.
 */
export class InsertIds {
  #now = new Set<string>();
  #before = new Set<string>();
  #since = 0;

  /** Whether an id is new; from now on it is not. */
  add(id: string, now: number): boolean {
    if (now - this.#since >= GENERATION_MS || this.#now.size >= GENERATION_IDS) {
      this.#before = now - this.#since >= 2 * GENERATION_MS ? new Set() : this.#now;
      this.#now = new Set();
      this.#since = now;
    }
    if (this.#now.has(id) || this.#before.has(id)) return false;
    this.#now.add(id);
    return true;
  }
}
