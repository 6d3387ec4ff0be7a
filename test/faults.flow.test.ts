import { describe, expect, it } from 'vitest';
import { FAULTS } from '../emulators/faults/plan.ts';
import { workloadOf } from './faults/events.ts';
import { runScenario } from './faults/run.ts';
import { scenariosOf } from './faults/scenarios.ts';
import { compare, oracle, type State } from './faults/state.ts';

/** One that kills the steps once before an event of `enrich` and once after one of `aggregate`: each start takes a second. */
const SEED = 393;
const workload = workloadOf(2000, SEED);

it('all faults at once: nothing is lost, nothing doubled', { timeout: 120_000 }, async () => {
  const all = scenariosOf(0.8).find(({ name }) => name === 'all-by-batch')!;
  const outcome = await runScenario(all, { workload, seed: SEED, giveUpMs: 90_000 });
  expect(outcome).toMatchObject({ differences: [], lost: 0, doubled: 0 });
  // The message that was to kill after its answer may have lost that delivery to the other kill.
  const certain = FAULTS.filter(fault => fault !== 'killAfter');
  expect(Object.keys(outcome.faults)).toEqual(expect.arrayContaining(certain));
});

describe('the verdict on a campaign', () => {
  const expected = oracle(workload.events);
  const first = <T>(map: ReadonlyMap<string, T>): [string, T] => [...map][0]!;
  const changed = <T>(map: ReadonlyMap<string, T>, value: T): Map<string, T> =>
    new Map([...map, [first(map)[0], value]]);
  const without = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].slice(1));
  const [, total] = first(expected.windows);
  const { windows, alerts, letters } = expected;

  it('on what is right has nothing to say', () => {
    expect(compare(expected, oracle(workload.events))).toEqual({ lost: 0, doubled: 0, differences: [] });
  });

  it.each<[string, Partial<State>, number, number]>([
    ['an event counted twice', { windows: changed(windows, { ...total, count: total.count + 1 }) }, 0, 1],
    ['an event not counted', { windows: changed(windows, { ...total, count: total.count - 1 }) }, 1, 0],
    ['a window that is missing', { windows: without(windows) }, total.count, 0],
    ['a wrong sum', { windows: changed(windows, { ...total, sum: total.sum + 1 }) }, 0, 0],
    ['an alert twice', { alerts: changed(alerts, 2) }, 0, 1],
    ['a dead letter that is missing', { letters: without(letters) }, 1, 0],
    ['a delivery given up', { letters: new Map([...letters, ['given up by x', 1]]) }, 0, 1],
    ['an old entity', { entities: changed(expected.entities, 'f0') }, 0, 0],
  ])('finds %s', (_, wrong, lost, doubled) => {
    const verdict = compare(expected, { ...expected, ...wrong });
    expect(verdict).toMatchObject({ lost, doubled });
    expect(verdict.differences.length).toBeGreaterThan(0);
  });

  it('is about the same events for the same seed', () => {
    expect(workloadOf(2000, SEED)).toEqual(workload);
    expect(workloadOf(2000, SEED + 1).file).not.toEqual(workload.file);
    expect(workload.messages.length).toBeGreaterThan(20);
  });
});
