import type { Cause } from '../meter/cause.ts';
import { type Chain, causeOf, chainOf, through } from './chain.ts';

/** A trigger that is held because its step wakes itself. */
export interface Stopped {
  readonly trigger: string;
  readonly step: string;
  /** The triggers that go round, in their order. */
  readonly loop: readonly string[];
  /** How often this trigger was gone through after one first event. */
  readonly laps: number;
  /** ISO 8601. */
  readonly at: string;
}

export interface Guarded {
  readonly name: string;
  readonly step: string;
}

/**
 * How often a chain may go through one trigger. Work that hands itself its rest takes a lap for the minutes that a function
 * may run, so not even days of it come near; a step that wakes itself is there within seconds.
 */
const MOST_LAPS = 1000;
/** All chains of one first event may together go so many times as far: where each has two successors, none gets far itself. */
const BRANCHES = 10;
/** By so much a trigger that somebody lets go on may exceed the limits. */
const PATIENCE = 10;
/** First events of which returns are remembered. */
const ROOTS = 1000;

/**
 * Tells steps that wake themselves, directly or by way of others, from long chains, by what came of what; and holds the trigger
 * that they go round by. What is set for a later time begins anew (tasks/store.ts): a clock is no loop.
 */
export class Guard {
  readonly #triggers: readonly Guarded[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #told: (stopped: Stopped) => void;
  readonly #mostLaps: number;
  readonly #stopped = new Map<string, Stopped>();
  readonly #patience = new Map<string, number>();
  /** By first event and trigger. */
  readonly #returns = new Map<string, number>();
  #roots = 0;

  /** @param told when a trigger is stopped */
  constructor(triggers: readonly Guarded[], told: (stopped: Stopped) => void, mostLaps = MOST_LAPS) {
    this.#triggers = triggers;
    this.#numbers = new Map(triggers.map(({ name }, number) => [name, number]));
    this.#told = told;
    this.#mostLaps = mostLaps;
  }

  get stopped(): readonly Stopped[] {
    return [...this.#stopped.values()];
  }

  isStopped(trigger: string): boolean {
    return this.#stopped.has(trigger);
  }

  /**
   * An event of this cause is about to go through a trigger, for the first time or `again`.
   * @returns in whose name it is delivered; the trigger may be stopped from now on
   */
  enter(trigger: string, cause: Cause | undefined, again = false): Cause {
    const number = this.#numbers.get(trigger)!;
    const chain = through(chainOf(cause) ?? this.#newRoot(), number);
    const laps = chain.laps.get(number)!;
    if (laps > 1 && !this.#stopped.has(trigger)) {
      const limit = this.#mostLaps * (this.#patience.get(trigger) ?? 1);
      const returns = again ? 0 : this.#return(chain.root, number);
      if (laps > limit || returns > limit * BRANCHES) this.#stop(trigger, chain, laps);
    }
    return causeOf(this.#triggers[number]!.step, chain);
  }

  /**
   * Lets a trigger go on, and further than before.
   * @throws when it is not stopped
   */
  resume(trigger: string): Stopped {
    const stopped = this.#stopped.get(trigger);
    if (!stopped) {
      const names = [...this.#stopped.keys()].join(', ');
      throw new Error(`No trigger '${trigger}' is stopped; stopped are: ${names || 'none'}`);
    }
    this.#stopped.delete(trigger);
    this.#patience.set(trigger, (this.#patience.get(trigger) ?? 1) * PATIENCE);
    return stopped;
  }

  #newRoot(): Chain {
    return { root: String(++this.#roots), laps: new Map() };
  }

  #return(root: string, number: number): number {
    const key = `${root} ${number}`;
    const returns = (this.#returns.get(key) ?? 0) + 1;
    this.#returns.set(key, returns);
    if (this.#returns.size > ROOTS) this.#returns.delete(this.#returns.keys().next().value!);
    return returns;
  }

  #stop(trigger: string, chain: Chain, laps: number): void {
    // Those that led here but once or twice are not part of it.
    const round = [...chain.laps].filter(([, lap]) => lap >= laps - 1);
    const loop = round.map(([number]) => this.#triggers[number]!.name);
    const { step } = this.#triggers[this.#numbers.get(trigger)!]!;
    const stopped = { trigger, step, loop, laps, at: new Date().toISOString() };
    this.#stopped.set(trigger, stopped);
    this.#told(stopped);
  }
}
