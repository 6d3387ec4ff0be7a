import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, openCorpus, readCorpus, run, SCOPE, typesOf } from './corpus.testing.ts';
import { runtimeError, SqlError, translate } from './translate.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openCorpus();
});
afterAll(() => connection.closeSync());

const corpus = readCorpus();
const chapters = Map.groupBy(corpus, ({ chapter }) => chapter);

describe.each([...chapters])('GoogleSQL: %s', (_, cases) => {
  it.each(cases.map(each => [each.sql, each] as const))('%s', async (_sql, expected) => {
    await check(expected);
  });
});

async function check({ sql, rows, types, refusal, failure }: Case): Promise<void> {
  if (refusal !== undefined) {
    const error = refusalOf(sql);
    expect(error).toBeInstanceOf(SqlError);
    expect((error as SqlError).message).toBe(refusal);
    return;
  }
  if (failure !== undefined) {
    const error = await inTransaction(() => run(connection, sql)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(runtimeError((error as Error).message)).toBe(failure);
    return;
  }
  const result = await inTransaction(() => run(connection, sql));
  if (rows !== undefined) expect(result.rows).toEqual(rows);
  if (types !== undefined) expect(typesOf(result.statement)).toBe(types);
}

function refusalOf(sql: string): unknown {
  try {
    translate(sql, SCOPE);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a statement changes is there for its own case alone. */
async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    return await work();
  } finally {
    await connection.run('ROLLBACK');
  }
}
