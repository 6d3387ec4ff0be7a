import { expect, test } from 'vitest';
import { loadRules } from './ruleset.ts';
import { rulesOf } from './testing.ts';

function refusalOf(source: string): string {
  try {
    loadRules(source);
    return 'loaded';
  } catch (error) {
    return (error as Error).message;
  }
}

const inRule = (condition: string): string => rulesOf(`match /t/{id} { allow get: if ${condition}; }`);
const functions = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `function f${i}() { return ${i === count - 1 ? 'true' : `f${i + 1}()`}; }`,
  ).join(' ');

/** What a condition may not be: with the column after `if`, counted from 0, and what the refusal says. */
const CONDITIONS: readonly (readonly [string, number, RegExp])[] = [
  ['nope', 0, /nope is not known here/],
  ['nope()', 0, /no function nope; declare it, or use one of exists, existsAfter, float, get/],
  ['f.g == 1', 0, /f is not known/],
  ["'a'.nope()", 4, /a string has a method nope; there are lower, matches/],
  ['resource.data.a.nope()', 16, /no type has a method nope/],
  ["'a'.size(1) == 1", 4, /size\(\) is wanted, not size\(int\)/],
  ['math.nope(1) == 1', 5, /no math\.nope; there are abs, ceil/],
  ['math.abs() == 1', 5, /math\.abs\(int or float\) is wanted/],
  ['hashing.md5("a") is bytes', 0, /knows hashing\.md5\(\), but it is not evaluated here/],
  ['debug(true)', 0, /knows debug\(\), but it is not evaluated here/],
  ['request.nope == 1', 8, /request has no nope; it has auth, method/],
  ['resource.nope == 1', 9, /resource has no nope; it has __name__, data, id/],
  ['1 is nope', 0, /"is" knows no type nope/],
  ["'a'.matches('[')", 12, /no regular expression/],
  ["'a'.matches('(a)\\\\1')", 12, /has \\1, which is no RE2/],
  ["'a'.matches('a(?=b)')", 12, /has \(\?=…, which is no RE2/],
  ['1', 0, /a condition is true or false, this is a int/],
  ["1 + 'a' == 2", 0, /no int \+ string; convert one side/],
  ['[1] + [2] == [1, 2]', 0, /no list \+ list/],
  ["'a' || true", 0, /a side of \|\| is a bool, this is a string/],
  ["!'a' is string", 1, /write !\(…\) around a comparison/],
  ['1 in [1] == true', 5, /what "in" looks into .* this is a bool/],
  ['3 not in [1]', 2, /expected ";" after the condition, not "not"/],
  ["exists('/a/b')", 0, /exists\(path\) takes one path/],
  ['{1: 2}.size() == 1', 1, /a key of a map is a string, this is a int/],
  ['1/2 == 0', 1, /to divide, write a space after "\/"/],
  ['- -1 == 1', 2, /a minus may not follow a minus/],
  ['1++1', 1, /no operator \+\+/],
  ['9223372036854775808 > 0', 0, /no int of 64 bits; write it as a float/],
  ["'a", 0, /this string does not end on its line; close it with '/],
  ["'\\q' == 'q'", 0, /\\q is no escape/],
  ['/a/ == /a', 2, /a path needs a segment after each "\/"/],
  ['(1 == 1', 7, /expected "\)" to close the parenthesis, not ";"/],
  ['§', 0, /"§" means nothing here/],
];

test.each(CONDITIONS)(
  '%s is refused where it goes wrong, with what was expected',
  (condition, column, words) => {
    const refusal = refusalOf(inRule(condition));
    const start = 'match /t/{id} { allow get: if '.length + 1;
    expect(refusal).toMatch(words);
    expect(refusal).toContain(`firestore.rules:3:${start + column}: `);
  },
);

/** What stands in `match /databases/{db}/documents`. */
const DECLARATIONS: readonly (readonly [string, string, RegExp])[] = [
  ['an unknown method', 'match /t/{id} { allow foo; }', /no method foo; write one of read, write, get/],
  ['a forgotten colon', 'match /t/{id} { allow get if true; }', /expected ":" before "if"/],
  ['a path without a slash', 'match t/{id} { allow get; }', /expected a path that begins with "\/", not "t"/],
  ['a match without anything in it', 'match /t/{id} { }', /nothing stands between these braces/],
  ['two wildcards for all that follows', 'match /{a=**}/{b=**} { allow get; }', /one \{name=\*\*\} at most/],
  ['a wildcard named twice', 'match /{a}/{a} { allow get; }', /the wildcard a appears twice/],
  [
    'a wildcard named like a namespace',
    'match /t/{math} { allow get; }',
    /math has a meaning in the language/,
  ],
  [
    'the same function twice',
    'function f() { return true; } function f() { return true; }',
    /f is declared twice/,
  ],
  ['a function named like one of the language', 'function get(a) { return a; }', /get has a meaning/],
  [
    'a function that calls itself',
    'function f() { return f(); }',
    /cannot come to call itself: f, which calls f/,
  ],
  [
    'functions that call each other',
    'function f() { return g(); } function g() { return f(); }',
    /f, which calls g, which calls f/,
  ],
  ['calls more than 20 deep', functions(21), /more than 20 deep/],
  [
    'eight parameters',
    'function f(a, b, c, d, e, g, h, i) { return a; }',
    /has 8 parameters; the service takes 7/,
  ],
  [
    'eleven lets',
    `function f() { ${Array.from({ length: 11 }, (_, i) => `let v${i} = 1;`).join(' ')} return true; }`,
    /has 11 lets; the service takes 10/,
  ],
  ['a let of a name that is taken', 'function f(a) { let a = 1; return a; }', /the name a is taken/],
  ['a let that looks ahead', 'function f() { let a = b; let b = 1; return a; }', /b is not known here/],
  [
    'a wildcard of another match',
    'function f() { return id; } match /t/{id} { allow get: if f() == 1; }',
    /id is not known here/,
  ],
  [
    'too few arguments',
    'function f(a) { return a; } match /t/{id} { allow get: if f(); }',
    /f\(a\) takes 1 arguments, not 0/,
  ],
  ['an allow outside of collections', 'foo', /expected match, allow, function or "}", not "foo"/],
  [
    'eleven nested matches',
    `${'match /a/{b} { '.repeat(10)}allow get;${' }'.repeat(10)}`,
    /11 nested matches/,
  ],
];

test.each(DECLARATIONS)('%s is refused', (_, body, words) => {
  expect(refusalOf(rulesOf(body))).toMatch(words);
});

test('a file of another version, of another service or with more than one is refused', () => {
  const service = (name: string): string => `service ${name} { match /a/{b} { allow get; } }`;
  expect(refusalOf('')).toMatch(/^firestore.rules:1:1: version 2 of the language is needed/);
  expect(refusalOf(service('cloud.firestore'))).toMatch(/begin the file with: rules_version = '2';/);
  expect(refusalOf(`rules_version = '1';\n${service('cloud.firestore')}`)).toMatch(/:1:17: only version 2/);
  expect(refusalOf(`rules_version = '2';\n${service('firebase.storage')}`)).toMatch(
    /:2:9: these are rules for firebase.storage/,
  );
  expect(
    refusalOf(`rules_version = '2';\n${service('cloud.firestore')}\n${service('cloud.firestore')}`),
  ).toMatch(/:3:1: expected the end of the file/);
  expect(refusalOf(`${rulesOf('match /t/{id} { allow get; }')}${' '.repeat(256 * 1024)}`)).toMatch(
    /more than the service takes/,
  );
});

test('whatever is asked of the unknown is refused, also where it could not be reached', () => {
  expect(refusalOf(inRule('true || nope()'))).toMatch(/no function nope/);
  expect(refusalOf(rulesOf('function unused() { return nope; } match /t/{id} { allow get; }'))).toMatch(
    /nope is not known/,
  );
});

test('what is within the limits loads', () => {
  expect(refusalOf(rulesOf(`${functions(20)} match /t/{id} { allow get: if f0(); }`))).toBe('loaded');
});
