import type { BigQuery } from '@google-cloud/bigquery';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../emulators/bigquery/server.ts';
import { createBigQuery, createWriteClient } from './client.ts';
import { insertAll } from './insert.ts';
import { ensureTable, type TableSpec } from './tables.ts';
import { createUpserter, RowsRefused } from './upsert.ts';

const PROJECT = 'demo-millrace';
const SPEC: TableSpec = {
  dataset: 'shop',
  table: 'orders',
  description: 'Orders',
  columns: [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'n', type: 'INTEGER', mode: 'NULLABLE' },
  ],
};
const row = (id: string, n: unknown = 1) => ({ insertId: id, json: { id, n } });

let emulator: BigQueryEmulator;
let bigquery: BigQuery;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  emulator = await startBigQuery({ datasets: [{ projectId: PROJECT, datasetId: 'shop' }] });
  onTestFinished(() => emulator.stop());
  environment = { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulator.port}` };
  bigquery = await createBigQuery(PROJECT, environment);
});
const rows = async (table: string): Promise<Record<string, unknown>[]> =>
  (await bigquery.dataset('shop').table(table).getRows())[0] as Record<string, unknown>[];

describe('rows that are inserted', () => {
  it('all go in but those that are refused, whose reasons are told', async () => {
    await ensureTable(bigquery, SPEC);
    const refused = await insertAll(bigquery, SPEC, [
      row('a'),
      row('b', 'two'),
      row('c'),
      { insertId: 'd', json: { n: 1 } },
    ]);
    expect([...refused.keys()]).toEqual([1, 3]);
    expect(refused.get(1)).toMatch(/^n: /);
    expect((await rows('orders')).map(({ id }) => id).sort()).toEqual(['a', 'c']);
  });

  it('go in several requests where they are many, and one that is too large in none', async () => {
    await ensureTable(bigquery, SPEC);
    const many = Array.from({ length: 1201 }, (_, n) => row(`r${n}`));
    const refused = await insertAll(bigquery, SPEC, [...many, row('x'.repeat(10_000_000))]);
    expect([...refused]).toEqual([
      [1201, expect.stringMatching(/^The row has \d+ bytes; BigQuery takes rows of at most 10 MB$/)],
    ]);
    expect(await rows('orders')).toHaveLength(1201);
  });

  it('are as they were given, also where their text is a placeholder of the client', async () => {
    await ensureTable(bigquery, SPEC);
    await insertAll(bigquery, SPEC, [row('{{projectId}}'), row('é"\u2028\n')]);
    expect((await rows('orders')).map(({ id }) => id).sort()).toEqual(['{{projectId}}', 'é"\u2028\n'].sort());
  });

  it('for a column that is not known yet are to be inserted again', async () => {
    await ensureTable(bigquery, SPEC);
    await expect(insertAll(bigquery, SPEC, [{ insertId: 'a', json: { id: 'a', m: 1 } }])).rejects.toThrow(
      /^BigQuery did not take all rows now: invalid: /,
    );
  });
});

describe('a table', () => {
  it('is made once, however many make it, and gets new columns beside those it has', async () => {
    await Promise.all([1, 2, 3].map(() => ensureTable(bigquery, SPEC)));
    await insertAll(bigquery, SPEC, [row('a')]);
    const wider = {
      ...SPEC,
      columns: [...SPEC.columns, { name: 'm', type: 'FLOAT', mode: 'NULLABLE' } as const],
    };
    const columns = await Promise.all([ensureTable(bigquery, wider), ensureTable(bigquery, wider)]);
    expect(columns.map(all => all.map(({ name }) => name))).toEqual([
      ['id', 'n', 'm'],
      ['id', 'n', 'm'],
    ]);
    expect(await rows('orders')).toEqual([{ id: 'a', n: 1, m: null }]);
  });
});

describe('upserts', () => {
  const keyed: TableSpec = {
    ...SPEC,
    table: 'latest',
    columns: [SPEC.columns[0]!, { name: 'text', type: 'STRING', mode: 'NULLABLE' }],
    primaryKey: ['id'],
  };

  it('leave the row of the highest sequence number, whatever order they come in, and no deleted one', async () => {
    await ensureTable(bigquery, keyed);
    const client = await createWriteClient(PROJECT, environment);
    const upserter = createUpserter(client, PROJECT, keyed);
    const upsert = (id: string, text: string, sequence: string, type: 'UPSERT' | 'DELETE' = 'UPSERT') => ({
      type,
      sequence,
      row: { id, text },
    });
    await Promise.all([
      upserter.write([upsert('a', 'new', 'a/1'), upsert('b', 'gone', '2/1', 'DELETE')]),
      upserter.write([upsert('a', 'old', '9/1'), upsert('b', 'old', '1/1'), upsert('c', 'import', '5/0')]),
    ]);
    await upserter.write([upsert('c', 'live', '5/1'), upsert('a', 'older', '1/1')]);
    expect((await rows('latest')).sort((x, y) => (String(x['id']) < String(y['id']) ? -1 : 1))).toEqual([
      { id: 'a', text: 'new' },
      { id: 'c', text: 'live' },
    ]);
    upserter.close();
    await client.close();
  });

  it('name the rows that are refused, and fail where there is no table', async () => {
    const client = await createWriteClient(PROJECT, environment);
    const upserter = createUpserter(client, PROJECT, keyed);
    const one = { type: 'UPSERT', sequence: '1/1', row: { id: 'a', text: 'x' } } as const;
    await expect(upserter.write([one])).rejects.toMatchObject({ code: 5 });
    await ensureTable(bigquery, keyed);
    await upserter.write([one]);
    const refused = await upserter
      .write([one, { ...one, row: { text: 'no key' } }])
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RowsRefused);
    expect([...(refused as RowsRefused).rows.keys()]).toEqual([1]);
    upserter.close();
    await client.close();
  });
});
