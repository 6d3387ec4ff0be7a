import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCorpus, readCorpus, SCOPE } from './corpus.testing.ts';
import { SqlError, type Statement, translate } from './translate.ts';

const RUNS = Number(process.env['MILLRACE_SQL'] ?? 400);
const corpus = readCorpus().map(({ sql }) => sql);
/** Words and symbols of the corpus, the bricks of statements that nobody thought of. */
const pieces = [...new Set(corpus.flatMap(sql => sql.match(/'[^']*'|\w+|[^\s\w]/g) ?? []))];

/** A statement of the corpus with some pieces dropped, doubled, or replaced by others. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(
      fc.tuple(fc.nat(200), fc.constantFrom('drop', 'double', 'replace', 'swap'), fc.constantFrom(...pieces)),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([sql, changes]) => {
    const parts = sql.split(/(\s+|\b)/);
    for (const [place, change, piece] of changes) {
      const at = place % parts.length;
      if (change === 'drop') parts.splice(at, 1);
      else if (change === 'double') parts.splice(at, 0, parts[at]!);
      else if (change === 'replace') parts[at] = piece;
      else [parts[at], parts[(at + 2) % parts.length]] = [parts[(at + 2) % parts.length] ?? '', parts[at]!];
    }
    return parts.join('');
  });

function attempt(sql: string): readonly Statement[] {
  try {
    return translate(sql, SCOPE);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    expect(error.message).toMatch(/ at \[\d+:\d+\]$/);
    return [];
  }
}

describe('whatever text comes', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await openCorpus();
  });
  afterAll(() => connection.closeSync());

  it('is translated, or refused with its position', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), text => void attempt(text)),
      { numRuns: RUNS / 10 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 30 }),
        words => void attempt(words.join(' ')),
      ),
      { numRuns: RUNS },
    );
  });

  it('is a statement that DuckDB understands, if it is translated', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async sql => {
        for (const { duckdb } of attempt(sql)) {
          if (duckdb === '') continue;
          const problem = await connection.prepare(duckdb).then(
            prepared => void prepared.destroySync(),
            (error: unknown) => (error as Error).message,
          );
          // What a constant expression computes to may be an error even before it runs.
          if (problem !== undefined)
            expect(problem).not.toMatch(/Parser Error|Binder Error|Catalog Error|INTERNAL/);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(['(', '[', 'SELECT (', 'NOT ', '- ', 'CASE WHEN ', 'f('])('survives ten thousand of %j', piece => {
    expect(() => translate(`SELECT ${piece.repeat(10_000)}`, SCOPE)).toThrow(SqlError);
  });
});
