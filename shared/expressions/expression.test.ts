import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkExpression } from './check.ts';
import { eventCondition, keyCondition } from './expression.ts';
import { takeFailures, tellFailures } from './failures.ts';

const event = {
  source: 'sensor',
  id: '7',
  partitionkey: 'north',
  data: {
    size: 5,
    half: 2.5,
    name: 'Bern',
    none: null,
    tags: ['a', 'b'],
    place: { town: 'x' },
    'user-agent': 'y',
  },
};
const holds = (text: string): boolean => eventCondition(text)(event, Date.parse('2026-11-21T13:14:15.016Z'));

beforeEach(() => void takeFailures());

describe('a condition on an event', () => {
  it.each([
    'data.size == 5',
    'data.size == 5.0',
    'data.size * 2 == 10',
    'data.size / 2 == data.half',
    'data.size % 2 == 1',
    'data.size in [1, 5]',
    'data.half in [1, 2.5]',
    'data.none == null',
    'data.name.lowerAscii().startsWith("be")',
    'data.tags.exists(t, t == "b")',
    'data.place.town == "x"',
    'data["user-agent"] == "y"',
    'key == "north" && source == "sensor" && id == "7"',
    'time.getHours() == 13 && time.getMilliseconds() == 16',
    'time < timestamp("2026-11-21T13:14:16Z")',
    '!has(data.other)',
    'data.other == 1 || data.size == 5',
  ])('%s holds', text => {
    expect(holds(text)).toBe(true);
    expect(takeFailures()).toEqual([]);
  });

  it.each([
    ['data.other == 1', 'No such key: other'],
    ['data.none > 3', 'no such overload: dyn<null> > int'],
    ['data.name > 3', 'no such overload: dyn<string> > int'],
    ['data.size', 'It is neither true nor false.'],
    ['!(data.other == 1)', 'No such key: other'],
    ['data.constructor == 1', 'No such key: constructor'],
    ['data.__proto__ == 1', 'No such key: __proto__'],
    ['data.tags[9] == "x"', 'index out of bounds'],
    ['1 / 0 == 1', 'division by zero'],
  ])('%s cannot be evaluated, is false and tells why', (expression, reason) => {
    expect(holds(expression)).toBe(false);
    expect(holds(expression)).toBe(false);
    const [failure, ...more] = takeFailures();
    expect(more).toEqual([]);
    expect(failure).toMatchObject({ expression, times: 2 });
    expect(failure!.reason).toContain(reason);
    expect(takeFailures()).toEqual([]);
  });

  it('is compiled once, and keeps nothing of the event before', () => {
    expect(eventCondition('data.size == 5')).toBe(eventCondition('data.size == 5'));
    const is = eventCondition('data.size == 5 && key == "north"');
    expect([
      is(event, 0),
      is({ ...event, data: {} }, 0),
      is({ ...event, partitionkey: 'a' }, 0),
      is(event, 0),
    ]).toEqual([true, false, false, true]);
  });

  it('never throws, and never changes a record, whatever it is', () => {
    const text = 'data.a.b > 3 || data.a[0] == "x" || data.a in [1, "y"] || data.a.exists(x, x.c == 1)';
    const types = { data: { fields: { a: 'any' as const } } };
    expect(checkExpression(text, types)).toEqual([]);
    const condition = eventCondition(text);
    fc.assert(
      fc.property(fc.jsonValue(), a => {
        const data = { a };
        const before = JSON.stringify(data);
        expect(typeof condition({ ...event, data }, 0)).toBe('boolean');
        expect(JSON.stringify(data)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a condition on a key', () => {
  const shown = {
    start: new Date(0),
    end: new Date(1_800_000),
    count: 12,
    latency: { p99: 480, mean: null },
    visitors: { estimate: 3 },
  };

  it.each([
    ['count >= 10', true],
    ['latency.p99 > 400 && visitors.estimate == 3', true],
    ['key.startsWith("n")', true],
    ['latency.mean > 3', false],
    ['other.p99 > 3', false],
    ['end - start > duration("29m")', true],
    ['end - start > duration("31m")', false],
  ])('%s: %s', (text, expected) => {
    expect(keyCondition(text)('north', shown)).toBe(expected);
  });
});

it('what could not be evaluated is told once a minute, with how often and why', () => {
  const told: unknown[] = [];
  const log = { warn: (_: string, fields: unknown) => void told.push(fields) };
  holds('data.other == 1');
  holds('data.other == 1');
  tellFailures(log, new Date(0));
  holds('data.other == 1');
  tellFailures(log, new Date(59_000));
  expect(told).toEqual([{ expression: 'data.other == 1', times: 2, reason: 'No such key: other' }]);
  tellFailures(log, new Date(60_000));
  tellFailures(log, new Date(999_000));
  expect(told).toHaveLength(2);
});
