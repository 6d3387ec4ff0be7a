import { type Actions, faultsFor } from './decide.ts';
import { Holds } from './holds.ts';
import { Numbers } from './numbers.ts';
import { FAULTS, type Fault, type FaultPlan } from './plan.ts';

/** What a delivery came to, for whoever delivers: delivered, beyond delivering, or failed and to be tried again. */
export type Result = 'delivered' | 'refused' | { readonly failed: string };

export interface Disturbed {
  readonly trigger: string;
  readonly step: string;
  readonly messageId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** How often each fault has happened. */
export type FaultCounts = Readonly<Partial<Record<Fault, number>>>;

/** Disturbs deliveries by a plan that can be changed at any time; without one it passes them on. */
export class Faults {
  readonly #kill: (step: string) => void;
  readonly #holds = new Map<string, Holds>();
  readonly #numbers = new Map<string, Numbers>();
  #counts = new Map<string, Map<Fault, number>>();
  #plan: FaultPlan | undefined;

  /** @param kill SIGKILL for the process that serves a step */
  constructor(kill: (step: string) => void, plan?: FaultPlan) {
    this.#kill = kill;
    this.#plan = plan;
  }

  get plan(): FaultPlan | undefined {
    return this.#plan;
  }

  /** What has happened under this plan, by trigger. */
  get counts(): Readonly<Record<string, FaultCounts>> {
    return Object.fromEntries([...this.#counts].map(([name, counts]) => [name, Object.fromEntries(counts)]));
  }

  /** Begins another plan, counting anew, or ends all faults; what is held back goes on at once. */
  set(plan: FaultPlan | undefined): void {
    this.#plan = plan;
    this.#counts = new Map();
    for (const holds of this.#holds.values()) holds.end();
    this.#holds.clear();
    this.#numbers.clear();
  }

  /** @param deliver one delivery; it may be called twice, also at the same time */
  disturb(delivery: Disturbed, deliver: () => Promise<Result>): Promise<Result> {
    const plan = this.#plan;
    return plan && delivery.attempt <= plan.attempts ? this.#disturb(plan, delivery, deliver) : deliver();
  }

  async #disturb(plan: FaultPlan, delivery: Disturbed, deliver: () => Promise<Result>): Promise<Result> {
    const { trigger, messageId, attempt } = delivery;
    const numbers = of(this.#numbers, trigger, () => new Numbers());
    const actions = faultsFor(plan, trigger, numbers.of(messageId), attempt);
    const result = await this.#act(actions, delivery, deliver);
    if (typeof result === 'string' || attempt === plan.attempts) numbers.forget(messageId);
    return result;
  }

  async #act(
    { delay, reorder, instead, duplicate, afterwards }: Actions,
    { trigger, step }: Disturbed,
    deliver: () => Promise<Result>,
  ): Promise<Result> {
    const done = (fault: Fault): void => this.#count(trigger, fault);
    const holds = of(this.#holds, trigger, () => new Holds());
    if (delay !== undefined) {
      done('delay');
      await holds.wait(delay);
    }
    if (reorder) {
      done('reorder');
      await ('ms' in reorder ? holds.wait(reorder.ms) : holds.overtaken(reorder.messages));
    }
    holds.passed();
    if (instead) {
      done(instead);
      if (instead === 'killBefore') this.#kill(step);
      return { failed: INSTEAD[instead] };
    }
    if (duplicate) done('duplicate');
    const [result] = duplicate === 'beside' ? await Promise.all([deliver(), deliver()]) : [await deliver()];
    if (result !== 'delivered') return result;
    if (duplicate === 'after') await deliver();
    if (!afterwards) return result;
    done(afterwards);
    if (afterwards === 'killAfter') this.#kill(step);
    return { failed: AFTERWARDS[afterwards] };
  }

  #count(trigger: string, fault: Fault): void {
    const counts = of(this.#counts, trigger, () => new Map<Fault, number>());
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
}

/** What a map has under a name, made where it has nothing yet. */
function of<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name) ?? make();
  map.set(name, known);
  return known;
}

const INSTEAD = {
  killBefore: 'fault on demand: the step was killed before the event',
  answer429: 'fault on demand: HTTP 429',
  answer500: 'fault on demand: HTTP 500',
} as const;
const AFTERWARDS = {
  dropAck: 'fault on demand: the acknowledgement was lost',
  killAfter: 'fault on demand: the step was killed after its answer',
} as const;

/** The counts of all triggers together, every fault named. */
export function totalOf(counts: Readonly<Record<string, FaultCounts>>): Record<Fault, number> {
  const sum = (fault: Fault): number =>
    Object.values(counts).reduce((total, some) => total + (some[fault] ?? 0), 0);
  return Object.fromEntries(FAULTS.map(fault => [fault, sum(fault)])) as Record<Fault, number>;
}
