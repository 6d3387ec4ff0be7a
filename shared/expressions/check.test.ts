import { describe, expect, it } from 'vitest';
import { checkExpression } from './check.ts';
import { eventCondition } from './expression.ts';
import { FUNCTIONS, MOST_CHARACTERS } from './language.ts';
import type { Types } from './types.ts';

const TYPES: Types = {
  data: {
    fields: {
      size: 'number',
      name: 'text',
      open: 'bool',
      maybe: 'any',
      tags: { list: { fields: { weight: 'number', label: 'text' } } },
      words: { list: 'text' },
      place: { fields: { town: 'text' } },
    },
  },
  key: 'text',
  time: 'time',
};

const told = (text: string): string[] =>
  checkExpression(text, TYPES).map(({ offset, what, expected, mend }) =>
    [`${offset}: ${what}`, expected && `expected ${expected}`, mend].filter(Boolean).join('; '),
  );

describe('an expression that means something', () => {
  it.each([
    'data.size > 5',
    'data.size == 5',
    'data.size != 5.5',
    '5 == data.size',
    'data.size in [1, 2.5]',
    'data.size in [1, 2]',
    'data.size % 2 == 1',
    '(data.size + 1) / 2 * 3 - 1 < 10',
    'data.name == "a" && !data.open || data.size <= 3',
    'data.maybe > 3',
    'data.maybe == null || data.maybe.deeper == "x"',
    'has(data.maybe) && data.maybe == 3',
    'data.place.town.startsWith("B")',
    'data["place"]["town"].lowerAscii() == "bern"',
    'data.tags[0].weight > 1',
    'data.tags.exists(t, t.weight > 1 && t.label == data.name)',
    'data.words.all(w, w.size() < 9)',
    'data.words.filter(w, w.contains("x")).size() > 2',
    'size(data.words) > 2',
    'key in ["a", "b"]',
    'time > timestamp("2026-11-21T13:00:00Z") - duration("1h")',
    'time.getHours() >= 9 && time.getDayOfWeek() != 0',
    'data.open',
    'data.open ? data.size > 3 : data.size > 4',
    'string(data.size) == "5"',
  ])('%s is taken', text => {
    expect(told(text)).toEqual([]);
  });
});

describe('a mistake in an expression is told with its place, what was expected and how to mend it', () => {
  it.each([
    // Names.
    [
      'data.sise > 5',
      '5: there is no field "sise"; expected one of size, name, open, maybe, tags, words, place; did you mean size?',
    ],
    [
      'data["sise"] > 5',
      '0: there is no field "sise"; expected one of size, name, open, maybe, tags, words, place; did you mean size?',
    ],
    ['true && dta.size > 5', '8: there is no "dta"; expected one of data, key, time; did you mean data?'],
    ['data.place.twon == "x"', '11: there is no field "twon"; expected one of town; did you mean town?'],
    [
      'data.tags[0].wieght > 5',
      '13: there is no field "wieght"; expected one of weight, label; did you mean weight?',
    ],
    [
      'data.tags.exists(t, t.wieght > 5)',
      '22: there is no field "wieght"; expected one of weight, label; did you mean weight?',
    ],
    ['has(data.place.twon)', '15: there is no field "twon"; expected one of town; did you mean town?'],
    // Types.
    ['data.name > 5', '0: > does not go with text and a number; expected two of one kind'],
    ['data.size == "5"', '0: == does not go with a number and text; expected two of one kind'],
    ['data.size in ["a"]', '0: in does not go with a number and a list; expected two of one kind'],
    ['data.place == 3', '0: == does not go with an object and a number; expected two of one kind'],
    ['!data.size', '0: ! does not go with a number'],
    ['data.size', '0: the expression is a number; expected true or false, such as a comparison is'],
    ['data.name + "x"', '0: the expression is text; expected true or false, such as a comparison is'],
    ['data.size && true', "0: logical operator requires bool operands, got 'double'"],
    [
      'size(data.size) > 1',
      '0: "size" is not used as it can be; expected size(x) or x.size(): of a text, list or object',
    ],
    ['data.size.contains("x")', '0: "contains" is not used as it can be; expected text.contains(text)'],
    // Grammar.
    ['data.size >', '11: the expression ends too early'],
    ['(data.size > 3', '14: the expression ends too early'],
    ['data.size = 5', '10: a single =; did you mean ==?'],
    ['data.name == "abc', '13: unterminated string'],
    ['', '0: the expression ends too early'],
    // What could run for ever, or longer than the event is long.
    [
      'data.name.matches("(a+)+$")',
      '0: regular expressions are not taken: a text could be chosen on which one takes for ever; expected contains, startsWith or endsWith',
    ],
    [
      'data.words.all(a, data.words.all(b, a == b))',
      '18: "all" stands inside of another list\'s condition; expected one list at a time; take one of the two out',
    ],
    [
      'data.words.exists(w, w in data.words)',
      '26: "data" is worked on for each element of a list; expected only "w" there; others may be compared with it',
    ],
    [
      'data.words.exists(w, data.name.contains(w))',
      '21: "data" is worked on for each element of a list; expected only "w" there; others may be compared with it',
    ],
    [
      'data.words.exists(w, w + data.name == "x")',
      '25: "data" is worked on for each element of a list; expected only "w" there; others may be compared with it',
    ],
    ['cel.bind(a, data.name + data.name, a == a)', 'there is no function "bind"; expected one of has, size'],
    ['data.name.split("").size() > 3', '0: there is no function "split"'],
    [
      'duration(data.name) > duration("1h")',
      '14: "duration" takes no text of a record; expected one in quotes, such as "1h30m"',
    ],
    ['time.getHours("Europe/Bern") > 3', '14: "getHours" takes nothing here; expected UTC, which it is'],
  ])('%s', (text, fault) => {
    const [first, ...more] = told(text);
    expect(more).toEqual([]);
    expect(first).toContain(fault);
  });

  it('where it is too long, too deep or too wide', () => {
    expect(told(`data.name == "${'x'.repeat(MOST_CHARACTERS)}"`)[0]).toContain('at most 1000');
    expect(told(`${'('.repeat(60)}true${')'.repeat(60)}`)).toHaveLength(1);
    expect(told(Array.from({ length: 150 }, () => '1').join('+'))).toHaveLength(1);
    expect(told(`data.size in [${Array.from({ length: 150 }, () => '1')}]`)).toHaveLength(1);
  });

  it('takes no longer for hostile texts than for others', () => {
    const words = Array.from({ length: 20_000 }, (_, at) => `${at}`.repeat(3));
    const long = '1'.repeat(200_000);
    const data = { size: 1, name: long, words, tags: [], place: { town: long }, maybe: words };
    for (const text of [
      'data.name.contains("2") || data.name.endsWith("2") || data.name.lowerAscii() == "x"',
      'data.words.exists(w, w == data.name || w.contains("xyz"))',
      'data.maybe == data.words && data.name in data.words',
      'timestamp(data.name) > time || int(data.name) > 3',
      'double(data.name) > 3 || data.name < data.place.town',
    ]) {
      expect(told(text)).toEqual([]);
      const begin = performance.now();
      eventCondition(text)({ source: 's', id: '1', partitionkey: 'k', data }, 0);
      expect(performance.now() - begin, text).toBeLessThan(1000);
    }
  });

  it('where a name is one of the language itself', () => {
    expect(checkExpression('true', { type: 'number' })).toEqual([
      { offset: 0, what: '"type" means something else in expressions', mend: 'give it another name' },
    ]);
  });

  it('suggests a function that is there', () => {
    expect(told('data.name.startWith("a")')[0]).toMatch(
      /^0: there is no function "startWith".*did you mean startsWith\?$/,
    );
    expect(Object.keys(FUNCTIONS)).not.toContain('matches');
  });
});
