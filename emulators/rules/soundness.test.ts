import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuery } from '../firestore/query/parse.ts';
import { belongs } from '../firestore/query/run.ts';
import type { StructuredQuery } from '../firestore/query/wire.ts';
import { condition, document, where } from './random.testing.ts';
import { guard, ME, ROOT, rulesOf, storedDocument } from './testing.ts';

const RULES = Number(process.env['MILLRACE_RULES'] ?? 1500);

test('a query that is let through finds only documents that may be read', () => {
  let allowed = 0;
  let found = 0;
  const property = fc.property(
    condition,
    where,
    fc.array(document, { minLength: 3, maxLength: 8 }),
    (rule, filter, contents) => {
      const wire: StructuredQuery = { from: [{ collectionId: 't' }], where: filter };
      let query: ReturnType<typeof parseQuery>;
      try {
        query = parseQuery(ROOT, wire);
      } catch {
        return;
      }
      const documents = contents.map((fields, i) => storedDocument(`t/d${i}`, fields));
      const access = load(`match /t/{id} { allow read: if ${rule}; }`, documents);
      if (!access?.list(ME, ROOT, wire).allowed) return;
      allowed++;
      for (const one of documents.filter(each => belongs(query, each))) {
        found++;
        const { reason, allowed: readable } = access.read(one.name.slice(ROOT.length + 1));
        expect(readable, `${one.name}: ${reason}`).toBe(true);
      }
    },
  );
  fc.assert(property, { numRuns: RULES, seed: 11 });
  // It has not been vacuous.
  expect(Math.min(allowed, found)).toBeGreaterThan(RULES / 100);
});

/** Undefined for what no types fit: such rules are refused. */
function load(body: string, documents: Parameters<typeof guard>[1][]) {
  try {
    return guard(rulesOf(body), ...documents);
  } catch {
    return undefined;
  }
}
