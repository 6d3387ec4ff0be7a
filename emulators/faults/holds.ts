/** Nobody may come to overtake: then a message is held no longer than so many milliseconds. */
const LONGEST_HOLD_MS = 250;

interface Held {
  left: number;
  readonly release: () => void;
}

/** The messages of one trigger that are held back, so that later ones go ahead. */
export class Holds {
  readonly #held = new Set<Held>();

  /** Resolves when so many others have passed, or none does for a while. */
  overtaken(messages: number): Promise<void> {
    return this.#hold(messages, LONGEST_HOLD_MS);
  }

  wait(ms: number): Promise<void> {
    return this.#hold(Number.POSITIVE_INFINITY, ms);
  }

  /** A message goes ahead of all that are held. */
  passed(): void {
    for (const held of this.#held) {
      if (--held.left <= 0) held.release();
    }
  }

  /** Lets all go. */
  end(): void {
    for (const { release } of this.#held) release();
  }

  #hold(left: number, ms: number): Promise<void> {
    return new Promise(resolve => {
      const release = (): void => {
        clearTimeout(timer);
        this.#held.delete(held);
        resolve();
      };
      const held: Held = { left, release };
      const timer = setTimeout(release, ms);
      this.#held.add(held);
    });
  }
}
