import type { StoredDocument } from './document.ts';
import type { Author } from './types.ts';

/** One document of one commit; times in microseconds. */
export interface Change {
  readonly sequence: number;
  readonly name: string;
  readonly before: StoredDocument | undefined;
  readonly after: StoredDocument | undefined;
  readonly time: number;
  readonly author: Author;
}

const BYTES_PER_CHANGE = 200;

/**
 * The latest changes, for reads of the past, for listeners that come back and for the feed after a restart. It keeps
 * what fits its budget, not what is asked for: memory stays bounded.
 */
export class History {
  #changes: Change[] = [];
  #start = 0;
  #bytes = 0;
  readonly #budget: number;
  /** Everything after this time is kept. */
  #floorTime: number;
  /** Everything after this sequence is kept. */
  #floorSequence: number;

  constructor(floorTime: number, floorSequence: number, budgetBytes: number) {
    this.#floorTime = floorTime;
    this.#floorSequence = floorSequence;
    this.#budget = budgetBytes;
  }

  get floorTime(): number {
    return this.#floorTime;
  }

  get floorSequence(): number {
    return this.#floorSequence;
  }

  push(change: Change): void {
    this.#changes.push(change);
    this.#bytes += cost(change);
  }

  /** Call between commits only: part of a commit must not be forgotten. */
  prune(): void {
    while (this.#bytes > this.#budget) {
      const oldest = this.#changes[this.#start]!;
      this.#start++;
      this.#bytes -= cost(oldest);
      this.#floorTime = oldest.time;
      this.#floorSequence = oldest.sequence;
    }
    if (this.#start > 64 && this.#start > this.#changes.length / 2) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Changes of commits after the time. */
  afterTime(time: number): readonly Change[] {
    return this.#from(change => change.time > time);
  }

  afterSequence(sequence: number): readonly Change[] {
    return this.#from(change => change.sequence > sequence);
  }

  #from(isAfter: (change: Change) => boolean): readonly Change[] {
    let low = this.#start;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(this.#changes[middle]!)) high = middle;
      else low = middle + 1;
    }
    return this.#changes.slice(low);
  }
}

const cost = (change: Change): number => BYTES_PER_CHANGE + (change.before?.bytes.length ?? 0);
