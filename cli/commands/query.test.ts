import { describe, expect, it } from 'vitest';
import { fixture } from '../../emulators/bigquery/testing.ts';
import { CommandError } from '../command.ts';
import { printed } from '../testing.ts';
import { createQuery } from './query.ts';

const caught = printed();

async function scene() {
  const { client } = await fixture();
  const command = createQuery(async () => client);
  const run = (sql: string, options: Record<string, boolean> = {}) =>
    command.run({ positionals: [sql], options });
  await client.query(`CREATE TABLE shop.orders (id STRING, n INT64, since TIMESTAMP, tags ARRAY<STRING>)`);
  await client.query(
    `INSERT shop.orders VALUES ('a', 1, '2024-01-02 03:04:05.5', ['x', 'y']), ('b', NULL, NULL, [])`,
  );
  return { run };
}

describe('millrace query', () => {
  it('prints rows as a table, and how much was read', async () => {
    const { run } = await scene();
    expect(await run('SELECT * FROM shop.orders ORDER BY id')).toBe(0);
    expect(caught.out.split('\n').slice(0, 4)).toEqual([
      'id  n     since                     tags',
      'a      1  2024-01-02T03:04:05.500Z  ["x","y"]',
      'b   NULL  NULL                      []',
      expect.stringMatching(/^2 rows; \d+ B read$/),
    ]);
  });

  it('gives scripts one JSON object with typed values', async () => {
    const { run } = await scene();
    await run(
      `SELECT n, since, STRUCT(1.5 AS x, DATE '2024-01-02' AS d) s, 9007199254740993 big, NUMERIC '1.10' m FROM shop.orders WHERE n = 1`,
      { json: true },
    );
    const { rows, columns, bytesProcessed } = JSON.parse(caught.out);
    expect(rows).toEqual([
      {
        n: 1,
        since: '2024-01-02T03:04:05.500Z',
        s: { x: 1.5, d: '2024-01-02' },
        big: '9007199254740993',
        m: '1.1',
      },
    ]);
    expect(columns[0]).toEqual({ name: 'n', type: 'INTEGER', mode: 'NULLABLE' });
    expect(bytesProcessed).toBeGreaterThan(0);
  });

  it('says beforehand what a statement would read, without running it', async () => {
    const { run } = await scene();
    await run('SELECT id FROM shop.orders', { 'dry-run': true });
    expect(caught.out).toMatch(/^The statement is right, and would read \d+ B\.\n$/);
  });

  it('says how many rows a change has changed', async () => {
    const { run } = await scene();
    await run(`UPDATE shop.orders SET n = 5 WHERE TRUE`);
    expect(caught.out).toMatch(/^2 rows changed; /);
  });

  it.each([
    ['SELECT nope FROM shop.orders', 'Unrecognized name: nope at [1:8]'],
    ['SELECT 1 FROM shop.gone', /^Not found: Table .*shop\.gone/],
    ['SELECT CAST(id AS INT64) FROM shop.orders', 'Bad int64 value: a'],
  ])('tells in BigQuery’s words what is wrong with %s', async (sql, message) => {
    const { run } = await scene();
    const error = await run(sql).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect((error as Error).message).toMatch(message);
  });

  it('shows a person the first thousand rows, and scripts all', async () => {
    const { run } = await scene();
    const sql = 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 2500)) x';
    await run(sql);
    expect(caught.out).toContain('the first 1,000 rows; --json gives all');
    await run(sql, { json: true });
    expect(JSON.parse(caught.out.trim().split('\n').at(-1)!).rows).toHaveLength(2500);
  });
});
