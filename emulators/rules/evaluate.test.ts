import { expect, test } from 'vitest';
import { EXPRESSIONS, FIELDS } from './expressions.testing.ts';
import { guard, ME, NOBODY, ruleOf, rulesOf, storedDocument } from './testing.ts';

const document = storedDocument('t/x', FIELDS);

/** With the reason, so that a failure says why. */
function verdictOf(condition: string): string {
  const { allowed, reason } = guard(ruleOf(condition), document).read('t/x');
  return allowed ? 'allowed' : reason;
}

test.each(Object.entries(EXPRESSIONS))('%s come to what the service says', (_, { allowed, denied }) => {
  const wrong = [
    ...allowed.filter(condition => verdictOf(condition) !== 'allowed'),
    ...denied.filter(condition => verdictOf(condition) === 'allowed'),
  ];
  expect(wrong.map(condition => [condition, verdictOf(condition)])).toEqual([]);
});

test('a denial says which rule denied, and why', () => {
  const rules = rulesOf(`match /t/{id} {
  allow read: if resource.data.a == 2;
  allow get: if
    resource.data.a == 1 &&
    resource.data.missing == 1;
}`);
  expect(guard(rules, document).read('t/x').reason).toBe(
    "firestore.rules:4: false for 'get'; " +
      "firestore.rules:5: there is no missing in it (firestore.rules:7) for 'get'",
  );
  expect(guard(rules, document).read('u/x').reason).toBe(
    "no rule is about 'get' on /databases/(default)/documents/u/x",
  );
});

test('parameters and lets are computed where they are needed, so that an error in an unused one does no harm', () => {
  const rules = (body: string): string =>
    rulesOf(`${body}\nmatch /t/{id} { allow get: if f(resource.data.missing); }`);
  expect(guard(rules('function f(x) { return true; }'), document).read('t/x').allowed).toBe(true);
  expect(
    guard(rules('function f(x) { let y = x; return y == 1 || true; }'), document).read('t/x').allowed,
  ).toBe(true);
  expect(guard(rules('function f(x) { let y = x; return y == null; }'), document).read('t/x').allowed).toBe(
    false,
  );
});

test('a function sees the wildcards around it, not those of its caller', () => {
  const rules = rulesOf(`match /t/{id} {
  function outer() { return id; }
  match /u/{id} { allow get: if outer() == 'x' && id == 'y' && named(id); }
}
function named(id) { return id == 'y'; }`);
  expect(guard(rules).read('t/x/u/y').reason).toBe("firestore.rules:5: true for 'get'");
});

test('wildcards take one segment, or all that follow and none too', () => {
  const cases: readonly [string, string, boolean][] = [
    ['/t/{id}', 't/x', true],
    ['/t/{id}', 't/x/u/y', false],
    ['/t/x', 't/x', true],
    ['/t/x', 't/y', false],
    ['/{all=**}', 't/x/u/y', true],
    ['/t/{all=**}', 't/x/u/y', true],
    ['/{all=**}/u/{id}', 't/x/u/y', true],
    ['/{all=**}/u/{id}', 'u/y', true],
    ['/{all=**}/u/{id}', 't/x', false],
    ['/{c}/{id}', 't/x', true],
    ['/t/{id=*}', 't/x', true],
  ];
  for (const [pattern, path, allowed] of cases)
    expect([pattern, path, guard(rulesOf(`match ${pattern} { allow get; }`)).read(path).allowed]).toEqual([
      pattern,
      path,
      allowed,
    ]);
});

test('a wildcard for all that follows stands for a path', () => {
  const rules = rulesOf('match /{all=**}/u/{id} { allow get: if all == /t/x && all[1] == "x"; }');
  expect(guard(rules).read('t/x/u/y').allowed).toBe(true);
});

test('what is not allowed by any rule is denied, also within a match that allows', () => {
  const rules = rulesOf('match /t/{id} { allow list, write; match /u/{inner} { allow read; } }');
  expect(guard(rules).read('t/x').allowed).toBe(false);
  expect(guard(rules).read('t/x/u/y').allowed).toBe(true);
});

test('request.auth is null for who is not signed in', () => {
  const rules = guard(ruleOf('request.auth == null'));
  expect([rules.read('t/x', NOBODY).allowed, rules.read('t/x', ME).allowed]).toEqual([true, false]);
});

test('a document that is not there is null to its rule', () => {
  expect(guard(ruleOf('resource == null')).read('t/x').allowed).toBe(true);
  expect(guard(ruleOf('resource.data.a == 1')).read('t/x').allowed).toBe(false);
});

test('rules read ten documents for a request at most, each counted once', () => {
  const looks = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `!exists(/databases/$(db)/documents/u/d${i}) && !exists(/databases/$(db)/documents/u/d0)`,
    ).join(' && ');
  expect(guard(ruleOf(looks(10))).read('t/x').allowed).toBe(true);
  expect(guard(ruleOf(looks(11))).read('t/x').reason).toContain('rules may read 10 documents for this');
});
