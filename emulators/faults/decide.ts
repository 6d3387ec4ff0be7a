import { hash } from 'node:crypto';
import { ALL, type FaultPlan, type TriggerFaults } from './plan.ts';

/** What is done to one delivery. */
export interface Actions {
  /** Milliseconds. */
  readonly delay?: number;
  /** Later messages to let ahead, or milliseconds to be held. */
  readonly reorder?: { readonly messages: number } | { readonly ms: number };
  /** In the place of the delivery. */
  readonly instead?: 'killBefore' | 'answer429' | 'answer500';
  readonly duplicate?: 'beside' | 'after';
  /** After the step has answered well, so that the message comes again. */
  readonly afterwards?: 'dropAck' | 'killAfter';
}

const NONE: Actions = {};

/**
 * What the plan does to a delivery. It depends on the arguments alone, each fault by a draw of its own: neither other
 * messages nor what runs beside it change it, and more of one fault does not move another.
 * @param number which of the trigger's messages it is, 1 for the first since the plan began
 * @param attempt 1 for the first delivery
 */
export function faultsFor(plan: FaultPlan, trigger: string, number: number, attempt: number): Actions {
  const faults = Object.hasOwn(plan.triggers, trigger) ? plan.triggers[trigger] : plan.triggers[ALL];
  if (!faults || attempt > plan.attempts) return NONE;
  /** 0 up to 1, excluded. */
  const draw = (what: string): number => fraction(`${plan.seed}/${trigger}/${number}/${attempt}/${what}`);
  const hit = (what: string, percent = 0): boolean => draw(what) * 100 < percent;
  /** A whole number from `min` to `max`. */
  const within = (what: string, min: number, max: number): number =>
    min + Math.floor(draw(`${what} by`) * (max - min + 1));
  const first = <T extends string>(...shares: [T, number | undefined][]): T | undefined =>
    shares.find(([what, percent]) => hit(what, percent))?.[0];

  const { duplicate, delay, reorder, dropAck, killBefore, killAfter, answer } = faults;
  const instead = first(
    ['killBefore', killBefore],
    ['answer500', answer?.[500]],
    ['answer429', answer?.[429]],
  );
  const afterwards = first(['killAfter', killAfter], ['dropAck', dropAck]);
  return {
    ...(delay && hit('delay', delay.percent) && { delay: within('delay', delay.min, delay.max) }),
    ...(reorder && hit('reorder', reorder.percent) && { reorder: heldBy(reorder, within) }),
    ...(instead && { instead }),
    ...(!instead &&
      hit('duplicate', duplicate) && { duplicate: draw('duplicate how') < 0.5 ? 'beside' : 'after' }),
    ...(!instead && afterwards && { afterwards }),
  };
}

function heldBy(
  reorder: NonNullable<TriggerFaults['reorder']>,
  within: (what: string, min: number, max: number) => number,
): NonNullable<Actions['reorder']> {
  return 'ms' in reorder
    ? { ms: within('reorder', 1, reorder.ms) }
    : { messages: within('reorder', 1, reorder.messages) };
}

/** A cryptographic hash, since numbers that follow each other must not draw alike. */
const fraction = (text: string): number => hash('sha1', text, 'buffer').readUInt32BE() / 2 ** 32;
