import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, documentPatternProblem, isPattern } from './patterns.ts';

const match = (pattern: string, path: string) => compilePattern(pattern).match(path);

describe('path patterns', () => {
  it.each([
    ['users/marie', 'users/marie', {}],
    ['users/marie', 'users/pierre', undefined],
    ['users/{u}', 'users/marie', { u: 'marie' }],
    ['users/{u=*}', 'users/marie', { u: 'marie' }],
    ['users/{u}', 'users', undefined],
    ['users/{u}', 'users/', undefined],
    ['users/{u}', 'users/marie/orders/1', undefined],
    ['users/{u}', 'groups/marie', undefined],
    ['users/{u}/orders/{o}', 'users/marie/orders/1', { u: 'marie', o: '1' }],
    ['{c}/{d}', 'users/marie', { c: 'users', d: 'marie' }],
    ['users/{rest=**}', 'users/marie/orders/1', { rest: 'marie/orders/1' }],
    ['users/{rest=**}', 'users', { rest: '' }],
    ['users/{rest=**}/log/{l}', 'users/a/b/c/log/1', { rest: 'a/b/c', l: '1' }],
    ['users/{rest=**}/log/{l}', 'users/log/1', { rest: '', l: '1' }],
    ['users/{rest=**}/log/{l}', 'users/1', undefined],
    ['{all=**}', 'a/b', { all: 'a/b' }],
    ['users/*', 'users/marie', {}],
    ['**/r*.txt', 'projects/_/buckets/b/objects/read.txt', {}],
    ['**/r*.txt', 'objects/r.txt', {}],
    ['**/r*.txt', 'objects/r.txt.gz', undefined],
    ['/projects/*/datasets/{d}', '/projects/p/datasets/sales', { d: 'sales' }],
    ['/projects/*/datasets/{d}', 'projects/p/datasets/sales', undefined],
    ['users/a.b', 'users/axb', undefined],
    ['users/a.b*', 'users/axb', undefined],
    ['users/{u}', 'users/ends in a space ', { u: 'ends in a space ' }],
    ['users/{u}', 'users/line\nbreak', { u: 'line\nbreak' }],
    ['users/{u}', 'users/%41', { u: '%41' }],
    ['users/{u}', 'users/Zoë/', undefined],
  ])('%s on %s', (pattern, path, params) => {
    expect(match(pattern, path)).toEqual(params);
  });

  it.each([
    ['', 'has an empty segment'],
    ['users//x', 'has an empty segment'],
    ['users/', 'has an empty segment'],
    ['users/{}', 'has a capture "{}" without a proper name'],
    ['users/{1u}', 'has a capture "{1u}" without a proper name'],
    ['users/{u', 'has a segment "{u" that is neither text nor one {name}'],
    ['users/x{u}', 'has a segment "x{u}" that is neither text nor one {name}'],
    ['users/{u}{v}', 'has a segment "{u}{v}" that is neither text nor one {name}'],
    ['users/{u=a*}', 'has a capture "{u=a*}" of neither * nor **'],
    ['users/{u=}', 'has a capture "{u=}" of neither * nor **'],
    ['users/{u}/orders/{u}', 'captures "u" twice'],
    ['{a=**}/{b=**}', 'has more than one **'],
    ['**/x/{b=**}', 'has more than one **'],
    ['users/a**', 'has ** within the segment "a**"'],
  ])('refuses %j', (pattern, why) => {
    expect(() => compilePattern(pattern)).toThrow(`the pattern "${pattern}" ${why}`);
  });

  it.each(['users/{u}', 'users/marie', '{c}/{d}', 'users/{rest=**}', '{rest=**}/log/{l}', 'a/b/c/{d}'])(
    'takes %s for documents',
    pattern => {
      expect(documentPatternProblem(pattern)).toBeUndefined();
    },
  );

  it.each([
    ['users', 'the path "users" ends on a collection, not on a document'],
    ['users/{u}/orders', 'the path "users/{u}/orders" ends on a collection, not on a document'],
    ['/users/{u}', 'the path "/users/{u}" begins with a slash'],
    ['users/{u', 'the pattern "users/{u" has a segment "{u" that is neither text nor one {name}'],
  ])('refuses %s for documents', (pattern, why) => {
    expect(documentPatternProblem(pattern)).toBe(why);
  });

  it('knows a pattern from a value', () => {
    expect(['users/{u}', 'users/*', 'x{'].every(isPattern)).toBe(true);
    expect(['users/marie', '(default)'].some(isPattern)).toBe(false);
  });
});

const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => !/[/{}*]/.test(text));
const path = fc.array(segment, { minLength: 1, maxLength: 6 });

describe('any path', () => {
  it('fits itself and captures nothing', () => {
    fc.assert(
      fc.property(path, segments => {
        expect(match(segments.join('/'), segments.join('/'))).toEqual({});
      }),
    );
  });

  it('fits a capture for each segment and gives the segments back', () => {
    fc.assert(
      fc.property(path, segments => {
        const pattern = segments.map((_, i) => `{s${i}}`).join('/');
        expect(Object.values(match(pattern, segments.join('/')) ?? {})).toEqual(segments);
      }),
    );
  });

  it('is put together again from what surrounds and what fills a ** of any width', () => {
    const cut = fc.tuple(path, fc.nat(), fc.nat());
    fc.assert(
      fc.property(cut, ([segments, a, b]) => {
        const from = a % (segments.length + 1);
        const to = from + (b % (segments.length + 1 - from));
        const pattern = [...segments.slice(0, from), '{rest=**}', ...segments.slice(to)].join('/');
        expect(match(pattern, segments.join('/'))).toEqual({ rest: segments.slice(from, to).join('/') });
      }),
    );
  });

  it('fits no pattern with a literal that differs', () => {
    fc.assert(
      fc.property(path, fc.nat(), segment, (segments, at, other) => {
        const i = at % segments.length;
        fc.pre(segments[i] !== other);
        expect(match(segments.with(i, other).join('/'), segments.join('/'))).toBeUndefined();
      }),
    );
  });
});
