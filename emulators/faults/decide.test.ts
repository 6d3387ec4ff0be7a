import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Actions, faultsFor } from './decide.ts';
import type { FaultPlan, TriggerFaults } from './plan.ts';

const planOf = (all: TriggerFaults, more: Partial<FaultPlan> = {}): FaultPlan => ({
  seed: 1,
  attempts: 2,
  triggers: { all },
  ...more,
});
const NUMBERS = Array.from({ length: 5000 }, (_, n) => n + 1);
const decide = (plan: FaultPlan, trigger = 'on-events', attempt = 1): Actions[] =>
  NUMBERS.map(number => faultsFor(plan, trigger, number, attempt));
const share = (all: readonly Actions[], has: (actions: Actions) => unknown): number =>
  (100 * all.filter(has).length) / all.length;

describe('each fault', () => {
  const rates: [string, TriggerFaults, (actions: Actions) => unknown][] = [
    ['duplicate', { duplicate: 20 }, ({ duplicate }) => duplicate],
    ['duplicate at the same time', { duplicate: 40 }, ({ duplicate }) => duplicate === 'beside'],
    ['reorder', { reorder: { percent: 20, messages: 5 } }, ({ reorder }) => reorder],
    ['delay', { delay: { percent: 20, min: 1, max: 5 } }, ({ delay }) => delay],
    ['dropAck', { dropAck: 20 }, ({ afterwards }) => afterwards === 'dropAck'],
    ['killBefore', { killBefore: 20 }, ({ instead }) => instead === 'killBefore'],
    ['killAfter', { killAfter: 20 }, ({ afterwards }) => afterwards === 'killAfter'],
    ['answer 429', { answer: { 429: 20 } }, ({ instead }) => instead === 'answer429'],
    ['answer 500', { answer: { 500: 20 } }, ({ instead }) => instead === 'answer500'],
  ];
  it.each(rates)('%s strikes as often as asked for', (_, faults, has) => {
    const struck = share(decide(planOf(faults)), has);
    expect(struck).toBeGreaterThan(18);
    expect(struck).toBeLessThan(22);
  });

  it('strikes always at 100 and never at 0', () => {
    expect(share(decide(planOf({ duplicate: 100 })), ({ duplicate }) => duplicate)).toBe(100);
    expect(decide(planOf({ duplicate: 0, answer: { 500: 0 } })).every(one => !one.duplicate)).toBe(true);
  });

  it('strikes independently of the others', () => {
    const both = share(
      decide(planOf({ duplicate: 50, dropAck: 50 })),
      ({ duplicate, afterwards }) => duplicate && afterwards,
    );
    expect(both).toBeGreaterThan(23);
    expect(both).toBeLessThan(27);
  });

  it('keeps within its bounds and reaches both', () => {
    const actions = decide(
      planOf({ delay: { percent: 100, min: 3, max: 5 }, reorder: { percent: 100, messages: 3 } }),
    );
    expect(new Set(actions.map(({ delay }) => delay))).toEqual(new Set([3, 4, 5]));
    expect(new Set(actions.map(({ reorder }) => JSON.stringify(reorder)))).toEqual(
      new Set(['{"messages":1}', '{"messages":2}', '{"messages":3}']),
    );
  });

  it('never follows a delivery that does not take place', () => {
    const struck = decide(planOf({ answer: { 500: 50 }, duplicate: 50, dropAck: 50, killAfter: 50 }));
    expect(struck.filter(one => one.instead && (one.duplicate || one.afterwards))).toEqual([]);
  });
});

it('the same seed decides the same, another seed, trigger or attempt otherwise', () => {
  const plan = planOf({ duplicate: 50, dropAck: 50, delay: { percent: 50, min: 0, max: 1000 } });
  const one = decide(plan);
  expect(decide(structuredClone(plan))).toEqual(one);
  for (const other of [decide({ ...plan, seed: 2 }), decide(plan, 'other'), decide(plan, 'on-events', 2)]) {
    const same = other.filter((actions, n) => isDeepStrictEqual(actions, one[n]));
    expect(same.length / NUMBERS.length).toBeLessThan(0.3);
  }
});

it('a message suffers nothing beyond the attempts of the plan, whatever else it says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), fc.nat(), (attempts, seed, number) => {
      const plan = planOf(
        { duplicate: 100, dropAck: 100, killBefore: 100, answer: { 500: 100 } },
        { seed, attempts },
      );
      expect(faultsFor(plan, 'on-events', number, attempts + 1)).toEqual({});
      expect(faultsFor(plan, 'on-events', number, attempts)).not.toEqual({});
    }),
  );
});

it('a trigger that is named suffers what it is named with, and the others what all do', () => {
  const plan = planOf({ dropAck: 100 }, { triggers: { all: { dropAck: 100 }, spared: {} } });
  expect(faultsFor(plan, 'spared', 1, 1)).toEqual({});
  expect(faultsFor(plan, 'toString', 1, 1)).toEqual({ afterwards: 'dropAck' });
  expect(faultsFor({ ...plan, triggers: { spared: { dropAck: 100 } } }, 'other', 1, 1)).toEqual({});
});
