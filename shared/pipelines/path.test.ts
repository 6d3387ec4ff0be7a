import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath, readerOf, valueAt } from './path.ts';

describe('a path', () => {
  it.each([
    ['mag', ['mag']],
    ['properties.mag', ['properties', 'mag']],
    ['geometry.coordinates[2]', ['geometry', 'coordinates', 2]],
    ['[0][1].x-y', [0, 1, 'x-y']],
    ['_a.b_1', ['_a', 'b_1']],
  ])('%s is read into its segments', (text, segments) => {
    expect(parsePath(text)).toEqual(segments);
  });

  it.each([
    ['', '"" is no path;'],
    ['a..b', '"a..b" is no path from ".b" on;'],
    ['a b', '"a b" is no path from " b" on;'],
    ['a[x]', '"a[x]" is no path from "[x]" on;'],
    ['a[-1]', '"a[-1]" is no path from "[-1]" on;'],
    ['.a', '".a" is no path from ".a" on;'],
    ['1a', '"1a" is no path from "1a" on;'],
    ['a]', '"a]" is no path from "]" on;'],
  ])('%j is refused from where it stops making sense', (text, words) => {
    expect(() => parsePath(text)).toThrow(words);
  });

  it('comes back as it was written', () => {
    const name = fc.stringMatching(/^[A-Za-z_][\w-]{0,8}$/);
    const segments = fc.array(fc.oneof(name, fc.nat(99)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(segments, path => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });
});

describe('the value at a path', () => {
  const record = { a: { b: [10, { c: null }] }, none: null };

  it.each([
    ['a.b[0]', 10],
    ['a.b[1].c', null],
    ['none', null],
    ['a.b[2]', undefined],
    ['none.deeper', undefined],
    ['a.b[0].deeper', undefined],
    ['missing.deeper', undefined],
  ])('%s is %j', (text, value) => {
    expect(valueAt(record, parsePath(text))).toBe(value);
    expect(readerOf(parsePath(text))(record)).toBe(value);
  });

  it.each(['constructor', '__proto__', 'toString.name', 'a.b.length.constructor'])(
    '%s is nothing that the record inherits',
    text => {
      expect(valueAt(record, parsePath(text))).toBeUndefined();
      expect(readerOf(parsePath(text))(record)).toBeUndefined();
    },
  );
});
