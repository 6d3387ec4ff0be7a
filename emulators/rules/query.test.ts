import { expect, test } from 'vitest';
import { QUERIES, queryOf, STORED } from './queries.testing.ts';
import { guard, ME, ROOT, rulesOf, storedDocument } from './testing.ts';

const DOCUMENTS = Object.entries(STORED).map(([path, fields]) => storedDocument(path, fields));

test.each(QUERIES)('a query by the rule $rule: $allowed', one => {
  const { rule, match = '/t/{id}', parent, allowed } = one;
  const access = guard(rulesOf(`match ${match} { allow list: if ${rule}; }`), ...DOCUMENTS);
  const verdict = access.list(ME, parent ? `${ROOT}/${parent}` : ROOT, queryOf(one));
  expect(verdict, verdict.reason).toMatchObject({ allowed });
});

test('what a query leaves open is said in the reason', () => {
  const access = guard(rulesOf('match /t/{id} { allow list: if resource.data.uid == request.auth.uid; }'));
  expect(access.list(ME, ROOT, { from: [{ collectionId: 't' }] }).reason).toBe(
    "firestore.rules:3: the query leaves the field uid open (firestore.rules:3) for 'list'",
  );
});
