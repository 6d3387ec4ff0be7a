import { expect, test } from 'vitest';
import { judgedWrites } from '../firestore/access.ts';
import { COMMITS } from './commits.testing.ts';
import { guard, ME, rulesOf, storedDocument } from './testing.ts';

test.each(COMMITS)('$what: $allowed', ({ rules, stored = {}, writes, allowed }) => {
  const documents = Object.entries(stored).map(([path, fields]) => storedDocument(path, fields));
  const time = 1_800_000_000_000_123;
  const judged = judgedWrites(writes, name => documents.find(document => document.name === name), time);
  const verdict = guard(rulesOf(rules), ...documents).commit(ME, judged, time);
  expect(verdict, verdict.reason).toMatchObject({ allowed });
});
