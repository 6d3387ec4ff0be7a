import type { Cause } from '../meter/cause.ts';

/** How an event came about: what began it all, and how often each trigger has been gone through on the way. */
export interface Chain {
  /** The same for everything that comes of one first event. */
  readonly root: string;
  /** By the trigger's number among all, in the order in which they were first gone through. */
  readonly laps: ReadonlyMap<number, number>;
}

/** `STEP;ROOT;TRIGGER.LAPS,…`: short, for it travels with every request that the step makes. */
export function causeOf(step: string, { root, laps }: Chain): Cause {
  let text = `${step};${root};`;
  for (const [trigger, lap] of laps) text += `${trigger}.${lap},`;
  return text.slice(0, -1);
}

/** Undefined where nothing came before: clients began it, a schedule, or a step that a request from outside has woken. */
export function chainOf(cause: Cause | undefined): Chain | undefined {
  const [, root, laps] = cause?.split(';') ?? [];
  if (root === undefined || laps === undefined) return undefined;
  const pairs = laps.split(',').map(pair => pair.split('.').map(Number) as [number, number]);
  return { root, laps: new Map(pairs) };
}

/** The chain, once it goes through a trigger again. */
export const through = ({ root, laps }: Chain, trigger: number): Chain => ({
  root,
  laps: new Map(laps).set(trigger, (laps.get(trigger) ?? 0) + 1),
});
