import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from './measures.ts';
import { shownKeys } from './showing.ts';
import { addEvent, type WindowState } from './state.ts';

const plan = planOf([
  ['heat', { of: 'decay', halfLife: 1 }, () => 1],
  ['size', { of: 'statistics' }, data => data['size']],
]);
const HOUR = { start: 0, end: 3_600_000 };

function stateOf(events: readonly (readonly [key: string, time: number, size?: number])[]): WindowState {
  const state: WindowState = new Map();
  for (const [key, time, size] of events)
    addEvent(state, plan, key, { size }, time, { source: 's', id: '1' });
  return state;
}

describe('the keys that a result shows', () => {
  it('are all of them, where nothing else is asked for', () => {
    const { keys, hidden } = shownKeys(
      stateOf([
        ['b', 0],
        ['a', 0],
      ]),
      HOUR,
      {},
    );
    expect([keys.map(([key]) => key), hidden]).toEqual([['b', 'a'], 0]);
  });

  it('are the hottest ones: many old events weigh less than a few new ones, of all keys as of the same moment', () => {
    const old = Array.from({ length: 100 }, (): [string, number] => ['old', 0]);
    const state = stateOf([...old, ['new', 10_000], ['new', 10_000], ['middle', 9000]]);
    const { keys } = shownKeys(state, HOUR, { top: { by: { of: 'value', value: 'heat' }, most: 2 } });
    expect(keys.map(([key, { heat }]) => [key, heat])).toEqual([
      ['new', expect.objectContaining({ value: 2, at: '1970-01-01T00:00:10.000Z' })],
      ['middle', expect.objectContaining({ value: 0.5, at: '1970-01-01T00:00:10.000Z' })],
    ]);
  });

  it('are ranked as sorting all of them does, equal ones by key, and those without a number last', () => {
    const events = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        fc.nat(9),
        fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
      ),
    );
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 6 }), (list, most) => {
        const state = stateOf(list as [string, number, number][]);
        const greatest = (key: string): number =>
          Math.max(...list.flatMap(([own, , size]) => (own === key && size !== undefined ? [size] : [])));
        const expected = [...state.keys()].sort((a, b) =>
          greatest(a) === greatest(b) ? (a < b ? -1 : 1) : greatest(b) > greatest(a) ? 1 : -1,
        );
        const { keys, hidden } = shownKeys(state, HOUR, { top: { by: { of: 'max', value: 'size' }, most } });
        expect(keys.map(([key]) => key)).toEqual(expected.slice(0, most));
        expect(hidden).toBe(Math.max(0, expected.length - most));
      }),
    );
  });

  it('are ranked among those only of which the condition is true', () => {
    const state = stateOf([
      ['a', 0],
      ['a', 0],
      ['a', 0],
      ['b', 0],
      ['b', 0],
      ['c', 0],
    ]);
    const showing = { having: (key: string) => key !== 'a', top: { by: { of: 'count' }, most: 1 } };
    expect(shownKeys(state, HOUR, showing)).toMatchObject({ keys: [['b', { count: 2 }]], hidden: 2 });
  });
});
