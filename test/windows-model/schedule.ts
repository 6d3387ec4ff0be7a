/** Numbers in [0, 1) from a seed (mulberry32): the same seed, the same interleaving. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!;
}

/** An instance died: whatever it had not committed is gone. */
export class Crash extends Error {}

/** A mutant may go round for ever; an interleaving of the real thing takes some hundreds. */
const MOST_TURNS = 10_000;

/** Lets one actor go on at a time, in random order, and some of them die. */
export interface Schedule {
  /** Where an actor waits for its turn: before everything that others could see or come between. */
  readonly turn: () => Promise<void>;
  /** Runs actors until all have ended. */
  run(actors: readonly (() => Promise<void>)[]): Promise<void>;
}

export function scheduleOf(random: Random, crashes: number): Schedule {
  const waiting: { go(): void; die(error: Crash): void }[] = [];
  return {
    turn: () => new Promise((go, die) => waiting.push({ go, die })),
    async run(actors) {
      let active = actors.length;
      const ended = Promise.all(actors.map(actor => actor().finally(() => active--)));
      // Told at the end.
      ended.catch(() => {});
      for (let turns = 0; active > 0; turns++) {
        if (turns > MOST_TURNS) throw new Error('Never comes to an end');
        await settled();
        if (waiting.length === 0) continue;
        const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
        if (random() < crashes) next!.die(new Crash());
        else next!.go();
      }
      await ended;
    },
  };
}

/** All promises that could move have moved. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
