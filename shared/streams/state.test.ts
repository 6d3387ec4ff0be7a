import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from './measures.ts';
import { addEvent, decodeState, encodeState, mergeState, showGroup, type WindowState } from './state.ts';

type Observation = readonly [key: string, a: unknown, b: unknown];

const value = fc.oneof(
  fc.double(),
  fc.double({ min: -100, max: 100, noNaN: true }),
  fc.constantFrom(null, undefined, 'text', -0, Number.NaN, Number.POSITIVE_INFINITY, 1e300),
);
const key = fc.oneof(
  fc.constantFrom('a', 'b', '', '__proto__', 'ü', '\u2028', '"'),
  fc.string({ unit: 'grapheme' }),
);
const observations = fc.array(fc.tuple(key, value, value), { maxLength: 40 });

const plan = planOf([
  ['b', { of: 'statistics' }, data => data['b']],
  ['a', { of: 'statistics' }, data => data['a']],
]);
const event = { source: 's', id: '1' };

function stateOf(list: readonly Observation[], by = plan): WindowState {
  const state: WindowState = new Map();
  for (const [name, a, b] of list) addEvent(state, by, name, { a, b }, 0, event);
  return state;
}

function merged(...states: readonly WindowState[]): WindowState {
  const all: WindowState = new Map();
  for (const state of states) mergeState(all, state);
  return all;
}

const text = (state: WindowState): string => Buffer.from(encodeState(state)).toString('hex');

describe('the state of a window', () => {
  it('has the same bytes in whatever order its events came', () => {
    fc.assert(
      fc.property(
        observations.chain(list =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          expect(text(stateOf(shuffled))).toBe(text(stateOf(list)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('merges commutatively and associatively, to the state of all events', () => {
    fc.assert(
      fc.property(observations, observations, observations, (a, b, c) => {
        const [x, y, z] = [stateOf(a), stateOf(b), stateOf(c)];
        const all = text(stateOf([...a, ...b, ...c]));
        expect(text(merged(x, y, z))).toBe(all);
        expect(text(merged(z, merged(y, x)))).toBe(all);
        expect(text(x)).toBe(text(stateOf(a)));
      }),
      { numRuns: 300 },
    );
  });

  it('comes back from its bytes, at any place in its life', () => {
    fc.assert(
      fc.property(observations, observations, (a, b) => {
        const stored = decodeState(encodeState(stateOf(a)));
        mergeState(stored, stateOf(b));
        expect(text(stored)).toBe(text(stateOf([...a, ...b])));
      }),
      { numRuns: 300 },
    );
  });

  it('is empty where there are no bytes, and refuses those of a later release', () => {
    expect(decodeState(new Uint8Array()).size).toBe(0);
    expect(() => decodeState(Uint8Array.of(3))).toThrow('format 3');
  });

  it('counts values that are no finite numbers as missing', () => {
    const group = stateOf([
      ['k', 1, Number.NaN],
      ['k', '1', null],
      ['k', 3, 1e300],
    ]).get('k')!;
    expect(showGroup(group, { start: 0, end: 1, latest: 0 })).toEqual({
      count: 3,
      a: { count: 2, missing: 1, sum: 4, min: 1, max: 3, mean: 2 },
      b: { count: 0, missing: 3, sum: 0, min: null, max: null, mean: null },
    });
  });

  it('is read also as the first format had it', () => {
    const first = Buffer.from(FIRST_FORMAT, 'base64');
    const before = planOf([['v', { of: 'statistics' }, data => data['a']]]);
    const state = stateOf(
      [
        ['a', 1, 0],
        ['a', 2.5, 0],
        ['ü', null, 0],
      ],
      before,
    );
    state.set('none', { count: 300, measures: [], times: undefined });
    expect(text(decodeState(first))).toBe(text(state));
  });

  it('takes in measures that it lacks, by their names, and none that is computed otherwise', () => {
    const only = planOf([['b', { of: 'statistics' }, data => data['b']]]);
    const few = stateOf([['k', 1, 2]], only);
    expect(text(merged(few, stateOf([['k', 3, 4]])))).toBe(text(merged(stateOf([['k', 3, 4]]), few)));
    const other = planOf([['b', { of: 'statistics', by: 1 } as never, data => data['b']]]);
    expect(() => merged(few, stateOf([['k', 3, 4]], other))).toThrow('"b" is {"of":"statistics"} here');
  });
});

/** Two measures of `a` (1 and 2.5), one of `ü` (null) under the name v; `none` has 300 events and no measure. */
const FIRST_FORMAT =
  'AQEBdgMBYQAAAAAAAABAAQAFAAAAAAAAAEAAAAAAAAAAAAAAAAAAAPA/AAAAAAAABEAAAAAAAAAMQARub25lAAAAAADAckAAAsO8AAAAAAAA8D8BAAIAAAAAAAAAAAAAAAAAAPA/';
