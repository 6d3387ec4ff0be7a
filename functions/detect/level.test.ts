import { describe, expect, it } from 'vitest';
import type { LevelRule } from '../../shared/pipelines/pipeline.ts';
import { advance, decodeLevels, type Episode, encodeLevels, type LevelPane, type Levels } from './level.ts';

const MINUTE = 60_000;
const RULE: LevelRule = {
  name: 'many',
  window: 'w',
  measure: { of: 'count' },
  minEvents: 0,
  operator: 'at-least',
  threshold: 5,
  clear: 5,
  for: 0,
  cooldown: 0,
  severity: 'warning',
  title: 't',
};

/** One key's counts by the minute; undefined where the minute has no pane. */
function run(rule: Partial<LevelRule>, counts: readonly (number | undefined)[]): string[] {
  return play(
    rule,
    counts.map((count, at) =>
      count === undefined ? undefined : paneAt(at, count > 0 ? { a: { count } } : {}, 10),
    ),
  );
}

/** When alerts open, rise and close, in minutes. */
function play(rule: Partial<LevelRule>, panes: readonly (LevelPane | undefined)[]): string[] {
  let levels: Levels = new Map();
  const told = new Set<string>();
  const tell = ({ key, opening, escalatedAt, closedAt, windows }: Episode): void => {
    told.add(`${key} opens ${opening / MINUTE}`);
    if (escalatedAt !== undefined) told.add(`${key} rises ${escalatedAt / MINUTE}`);
    if (closedAt !== undefined) told.add(`${key} closes ${closedAt / MINUTE} after ${windows}`);
  };
  for (const pane of panes) {
    if (!pane) continue;
    const advanced = advance({ ...RULE, ...rule }, MINUTE, pane, decodeLevels(encodeLevels(levels)));
    levels = advanced.levels;
    for (const { open } of levels.values()) if (open) tell(open);
    advanced.closed.forEach(tell);
  }
  return [...told];
}

function paneAt(at: number, keys: LevelPane['keys'], count: number, omitted = 0): LevelPane {
  return { start: at * MINUTE, end: (at + 1) * MINUTE, version: 'v', count, omitted, keys };
}

describe('a level of windows that overlap', () => {
  /** Windows of ten minutes, one a minute. */
  const slide = (rule: Partial<LevelRule>, counts: readonly number[]): string[] =>
    play(
      rule,
      counts.map((count, at) => ({ ...paneAt(at, { a: { count } }, 10), end: (at + 10) * MINUTE })),
    );

  it('holds from one to the next, for as long as they say', () => {
    expect(slide({ for: 180 }, [5, 5, 4, 5, 5, 5, 4])).toEqual(['a opens 5', 'a closes 16 after 3']);
  });

  it('may rise again with the next window, unless it is to cool down', () => {
    expect(slide({}, [5, 4, 5])).toEqual(['a opens 0', 'a closes 11 after 1', 'a opens 2']);
    expect(slide({ cooldown: 60 }, [5, 4, 5, 5])).toEqual(['a opens 0', 'a closes 11 after 1', 'a opens 3']);
  });
});

describe('a level', () => {
  it.each<[string, Partial<LevelRule>, (number | undefined)[], string[]]>([
    [
      'opens where the condition holds and closes where it does not',
      {},
      [4, 5, 6, 4],
      ['a opens 1', 'a closes 4 after 2'],
    ],
    ['opens again, as another alert', {}, [5, 0, 5], ['a opens 0', 'a closes 2 after 1', 'a opens 2']],
    [
      'stays open down to the number to clear by',
      { clear: 3 },
      [5, 3, 4, 2],
      ['a opens 0', 'a closes 4 after 3'],
    ],
    ['does not open between the two numbers', { clear: 3 }, [3, 4, 3], []],
    [
      'opens once it has held for long enough',
      { for: 150 },
      [5, 5, 5, 0],
      ['a opens 2', 'a closes 4 after 3'],
    ],
    ['counts anew where it did not hold', { for: 120 }, [5, 4, 5, 4], []],
    ['counts anew after a window that is missing', { for: 120 }, [5, undefined, 5, 5], ['a opens 3']],
    [
      'stays open over a window that is missing',
      {},
      [5, undefined, 5, 0],
      ['a opens 0', 'a closes 4 after 2'],
    ],
    ['is 0 where a window lacks the key', {}, [5, 0], ['a opens 0', 'a closes 2 after 1']],
    [
      'does not open again before the cooldown is over',
      { cooldown: 120 },
      [5, 0, 5, 5, 5],
      ['a opens 0', 'a closes 2 after 1', 'a opens 4'],
    ],
    [
      'rises when it has been open for long',
      { escalate: { after: 120, severity: 'critical' } },
      [5, 5, 5, 5],
      ['a opens 0', 'a rises 3'],
    ],
    ['says nothing of windows with too few events', { minEvents: 11 }, [5, 5], []],
    [
      'may be one that must not be exceeded',
      { operator: 'more-than' },
      [5, 6, 5],
      ['a opens 1', 'a closes 3 after 1'],
    ],
    [
      'may be one that must be reached',
      { operator: 'less-than', threshold: 2, clear: 4 },
      [5, 1, 3, 4],
      ['a opens 1', 'a closes 4 after 2'],
    ],
    [
      'of at most a number opens at that number',
      { operator: 'at-most', threshold: 2, clear: 2 },
      [3, 2, 3],
      ['a opens 1', 'a closes 3 after 1'],
    ],
    [
      'of a key that is named is judged where the key is missing',
      { only: 'a', operator: 'less-than', threshold: 1, clear: 1 },
      [0, 1],
      ['a opens 0', 'a closes 2 after 1'],
    ],
  ])('%s', (_, rule, counts, expected) => {
    expect(run(rule, counts)).toEqual(expected);
  });

  it('is kept for each key by itself, or for the one that is named', () => {
    const panes = [
      paneAt(0, { a: { count: 5 }, b: { count: 6 } }, 11),
      paneAt(1, { a: { count: 1 }, b: { count: 5 } }, 6),
    ];
    expect(play({}, panes)).toEqual(['a opens 0', 'b opens 0', 'a closes 2 after 1']);
    expect(play({ only: 'b' }, panes)).toEqual(['b opens 0']);
  });

  it('may be a share of all events, or a statistic of a value', () => {
    const bytes = { count: 2, missing: 0, sum: 60, min: 10, max: 50, mean: 30 };
    const pane = paneAt(0, { a: { count: 2, bytes }, b: { count: 8 } }, 10);
    const opens = (measure: LevelRule['measure'], threshold: number) =>
      play({ measure, threshold, clear: threshold }, [pane]);
    expect(opens({ of: 'share' }, 0.2)).toEqual(['a opens 0', 'b opens 0']);
    expect(opens({ of: 'share' }, 0.21)).toEqual(['b opens 0']);
    for (const [of, value] of [
      ['sum', 60],
      ['mean', 30],
      ['min', 10],
      ['max', 50],
    ] as const) {
      expect(opens({ of, value: 'bytes' }, value)).toEqual(['a opens 0']);
      expect(opens({ of, value: 'bytes' }, value + 1)).toEqual([]);
    }
  });

  it('is unknown for a mean without values, and for a key that found no room', () => {
    const mean = (value: number | null) => ({
      a: { count: 1, v: { count: 1, missing: 0, sum: 0, min: value, max: value, mean: value } },
    });
    const rule = { measure: { of: 'mean', value: 'v' }, for: 120 } as const;
    expect(play(rule, [paneAt(0, mean(9), 1), paneAt(1, mean(null), 1), paneAt(2, mean(9), 1)])).toEqual([]);
    expect(play({}, [paneAt(0, { a: { count: 5 } }, 5), paneAt(1, {}, 5, 3)])).toEqual(['a opens 0']);
  });

  it('may be a number of any kind of measure: unknown without one, and 0 where what adds up is not there', () => {
    const pane = (at: number, latency: unknown) => paneAt(at, { a: { count: 1, latency } }, 1);
    const p99 = { measure: { of: 'p99', value: 'latency' } } as const;
    expect(play(p99, [pane(0, { p99: 9 }), pane(1, { p99: null }), paneAt(2, {}, 1)])).toEqual(['a opens 0']);
    expect(play(p99, [pane(0, { p99: '9' }), pane(1, 'p99'), pane(2, null)])).toEqual([]);
    const estimate = { measure: { of: 'estimate', value: 'latency' } } as const;
    expect(play(estimate, [pane(0, { estimate: 9 }), paneAt(1, {}, 1)])).toEqual([
      'a opens 0',
      'a closes 2 after 1',
    ]);
  });

  it('of the empty key is known by the empty text', () => {
    expect(play({}, [paneAt(0, { '%': { count: 5 } }, 5)])).toEqual([' opens 0']);
  });

  it('is forgotten when there is nothing to say of it any more', () => {
    const { levels } = advance(RULE, MINUTE, paneAt(2, {}, 0), new Map([['a', { closedAt: 2 * MINUTE }]]));
    expect(encodeLevels(levels)).toBe('[]');
  });
});
