import { BigQuery } from '@google-cloud/bigquery';
import { describe, expect, it } from 'vitest';
import { fixture, refusal } from './testing.ts';

const TYPES = [
  ['s', 'STRING'],
  ['i', 'INTEGER'],
  ['f', 'FLOAT'],
  ['n', 'NUMERIC'],
  ['g', 'BIGNUMERIC'],
  ['b', 'BOOLEAN'],
  ['x', 'BYTES'],
  ['ts', 'TIMESTAMP'],
  ['d', 'DATE'],
  ['t', 'TIME'],
  ['dt', 'DATETIME'],
  ['j', 'JSON'],
  ['geo', 'GEOGRAPHY'],
].map(([name, type]) => ({ name, type }));

async function table(fields: readonly object[], options = {}) {
  const scene = await fixture(options);
  const made = scene.client.dataset('shop').table('t');
  await made.create({ schema: { fields } });
  const path = `${scene.url}/projects/demo-millrace/datasets/shop/tables/t`;
  const insert = async (rows: readonly object[], more = {}) => {
    const body = JSON.stringify({ rows: rows.map(json => ({ json })), ...more });
    return (await (await fetch(`${path}/insertAll`, { method: 'POST', body })).json()) as {
      insertErrors?: { index: number; errors: { reason: string; location: string; message: string }[] }[];
      error?: { code: number; message: string };
    };
  };
  const list = async (query = '') =>
    (await (await fetch(`${path}/data?${query}`)).json()) as {
      rows: { f: { v: unknown }[] }[];
      totalRows: string;
      pageToken?: string;
    };
  return { ...scene, table: made, insert, list };
}

describe('a row', () => {
  it('of every type comes back as it was put in', async () => {
    const { insert, list } = await table(TYPES);
    const answer = await insert([
      {
        s: 'größer 🌍',
        i: '9007199254740993',
        f: 1.5,
        n: '-12345678901234567890123456789.123456789',
        g: '0.000000000000000001',
        b: true,
        x: 'AP8=',
        ts: '2024-02-29T12:00:00.123456+02:00',
        d: '2024-02-29',
        t: '23:59:59.5',
        dt: '2024-02-29 01:02:03',
        j: '{"a": [1, "b c"]}',
        geo: 'POINT(13.4 52.5)',
      },
      {},
    ]);
    expect(answer.insertErrors).toBeUndefined();
    const { rows, totalRows } = await list('formatOptions.useInt64Timestamp=true');
    expect(totalRows).toBe('2');
    expect(rows[0]!.f.map(({ v }) => v)).toEqual([
      'größer 🌍',
      '9007199254740993',
      '1.5',
      '-12345678901234567890123456789.123456789',
      '0.000000000000000001',
      'true',
      'AP8=',
      '1709200800123456',
      '2024-02-29',
      '23:59:59.500000',
      '2024-02-29T01:02:03',
      '{"a":[1,"b c"]}',
      'POINT(13.4 52.5)',
    ]);
    expect(rows[1]!.f.every(({ v }) => v === null)).toBe(true);
    expect((await list()).rows[0]!.f[7]!.v).toBe('1.709200800123456E9');
  });

  it('keeps integers that a double does not hold', async () => {
    const { url, list } = await table([{ name: 'i', type: 'INT64' }]);
    await fetch(`${url}/projects/demo-millrace/datasets/shop/tables/t/insertAll`, {
      method: 'POST',
      body: '{"rows": [{"json": {"i": 9223372036854775807}}, {"json": {"i": -9007199254740993}}]}',
    });
    expect((await list()).rows.map(row => row.f[0]!.v)).toEqual(['9223372036854775807', '-9007199254740993']);
  });

  it('has JSON in the form that PARSE_JSON gives it: members by name, the first of twins, numbers of 64 bits', async () => {
    const { client, insert, list } = await table([{ name: 'j', type: 'JSON' }]);
    const written = ['{ "b": [1.50, 1e2, 18446744073709551615, -0], "a": "x \\u0041", "b": 2 }', 'null', '7'];
    const long = JSON.stringify('x'.repeat(4_000_000));
    expect(await insert([...written, long, 1.5, true].map(j => ({ j })))).not.toHaveProperty('insertErrors');
    const kept = (await list()).rows.map(row => row.f[0]!.v);
    expect([kept[0], ...kept.slice(4)]).toEqual([
      '{"a":"x A","b":[1.5,100.0,18446744073709551615,0]}',
      '1.5',
      'true',
    ]);
    expect(kept[3]).toBe(long);
    const parsed = written.map(text => `TO_JSON_STRING(PARSE_JSON(r'${text}'))`).join(', ');
    const [[row]] = await client.query(`SELECT [${parsed}] AS texts`);
    expect(kept.slice(0, 3)).toEqual(row.texts);
  });

  it('of records and lists comes back through the client, its times exact', async () => {
    const { table: made } = await table([
      { name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED' },
      {
        name: 'items',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [
          { name: 'sku', type: 'STRING' },
          { name: 'prices', type: 'FLOAT64', mode: 'REPEATED' },
        ],
      },
    ]);
    await made.insert([
      { at: BigQuery.timestamp('2024-01-01T00:00:00.000001Z'), items: [{ sku: 'a', prices: [1, 2.5] }, {}] },
      { at: new Date(0), items: [] },
    ]);
    expect((await made.getRows())[0]).toEqual([
      {
        at: { value: '2024-01-01T00:00:00.000001000Z' },
        items: [
          { sku: 'a', prices: [1, 2.5] },
          { sku: null, prices: [] },
        ],
      },
      { at: expect.objectContaining({ value: expect.stringMatching(/^1970/) }), items: [] },
    ]);
  });
});

describe('a row that does not fit', () => {
  const FIELDS = [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'n', type: 'INTEGER' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    { name: 'r', type: 'RECORD', fields: [{ name: 'x', type: 'FLOAT' }] },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'd', type: 'NUMERIC' },
    { name: 'g', type: 'GEOGRAPHY' },
    { name: 'b', type: 'BOOLEAN' },
    { name: 'j', type: 'JSON' },
  ];
  it.each<[object, string, string | RegExp]>([
    [{ id: 'a', none: 1 }, 'none', 'no such field: none.'],
    [{ id: 'a', r: { y: 1 } }, 'r.y', 'no such field: r.y.'],
    [{}, '', 'Missing required field: Msg_0_CLOUD_QUERY_TABLE.id.'],
    [{ id: null }, 'id', 'Only optional fields can be set to NULL. Field: id; Value: NULL'],
    [{ id: true }, 'id', 'Conversion from bool to string is unsupported.'],
    [{ id: ['a'] }, 'id', 'Array specified for non-repeated field: id.'],
    [{ id: { a: 1 } }, 'id', 'This field: id is not a record.'],
    [{ id: 'a', n: 1.5 }, 'n', 'Cannot convert value to integer (bad value): 1.5'],
    [{ id: 'a', n: 'x' }, 'n', 'Cannot convert value to integer (bad value): x'],
    [{ id: 'a', n: '9223372036854775808' }, 'n', /bad value/],
    [{ id: 'a', tags: ['x', null] }, 'tags', /Only optional fields/],
    [{ id: 'a', r: 1 }, 'r', 'This field: r is not a record.'],
    [{ id: 'a', r: { x: 'y' } }, 'r.x', /floating point/],
    [{ id: 'a', r: { x: 'constructor' } }, 'r.x', /floating point/],
    [{ id: 'a', b: 'constructor' }, 'b', /boolean/],
    [{ id: 'a', at: '2024-02-30' }, 'at', /^Could not parse '2024-02-30' as a timestamp/],
    [{ id: 'a', at: '10000-01-01' }, 'at', /as a timestamp/],
    [{ id: 'a', d: '0.0000000001' }, 'd', /^Invalid NUMERIC value/],
    [{ id: 'a', g: 'POINT(200 0)' }, 'g', /^Invalid geography value/],
    [{ id: 'a', j: '{"a":}' }, 'j', 'Invalid JSON value: {"a":}'],
    [{ id: 'a', j: '1e400' }, 'j', 'Invalid JSON value: 1e400'],
  ])('%j is refused with its field and a reason', async (row, location, message) => {
    const { insert, list } = await table(FIELDS);
    const { insertErrors } = await insert([row]);
    expect(insertErrors).toHaveLength(1);
    const [error] = insertErrors![0]!.errors;
    expect(error).toMatchObject({ reason: 'invalid', location });
    if (typeof message === 'string') expect(error!.message).toBe(message);
    else expect(error!.message).toMatch(message);
    expect((await list()).totalRows).toBe('0');
  });

  it('keeps the others out, unless they are to go in without it', async () => {
    const { insert, list } = await table(FIELDS);
    const rows = [{ id: 'a' }, { id: 'b', n: 'x' }, { id: 'c' }];
    const { insertErrors } = await insert(rows);
    expect(insertErrors!.map(({ index, errors }) => [index, errors[0]!.reason])).toEqual([
      [1, 'invalid'],
      [0, 'stopped'],
      [2, 'stopped'],
    ]);
    expect((await list()).totalRows).toBe('0');
    const some = await insert(rows, { skipInvalidRows: true });
    expect(some.insertErrors!.map(({ index }) => index)).toEqual([1]);
    expect((await list()).rows.map(row => row.f[0]!.v)).toEqual(['a', 'c']);
  });

  it('may have fields that are to be left out', async () => {
    const { insert, list } = await table(FIELDS);
    const answer = await insert([{ ID: 'a', none: 1, r: { y: 2, X: 3 } }], { ignoreUnknownValues: true });
    expect(answer.insertErrors).toBeUndefined();
    expect((await list()).rows[0]!.f.slice(0, 4).map(({ v }) => v)).toEqual([
      'a',
      null,
      [],
      { f: [{ v: '3.0' }] },
    ]);
  });

  it('is told through the client as its PartialFailureError', async () => {
    const { table: made } = await table(FIELDS);
    await expect(made.insert([{ id: 'a', none: 1 }])).rejects.toMatchObject({
      name: 'PartialFailureError',
      errors: [
        { errors: [{ message: 'no such field: none.', reason: 'invalid' }], row: { id: 'a', none: 1 } },
      ],
    });
  });
});

describe('an insert id', () => {
  const FIELDS = [{ name: 'id', type: 'STRING' }];
  it('lets a row in once a minute, whatever request brings it', async () => {
    let now = 1_700_000_000_000;
    const { table: made, list } = await table(FIELDS, { now: () => now });
    const put = (insertId: string, id: string) => made.insert([{ insertId, json: { id } }], { raw: true });
    await put('1', 'a');
    await put('1', 'again');
    await made.insert(
      [
        { insertId: '2', json: { id: 'b' } },
        { insertId: '2', json: { id: 'again' } },
      ],
      { raw: true },
    );
    now += 59_000;
    await put('1', 'again');
    expect((await list()).rows.map(row => row.f[0]!.v)).toEqual(['a', 'b']);
    now += 120_000;
    await put('1', 'later');
    expect((await list()).totalRows).toBe('3');
  });

  it('of a row that was refused is free still, and one of another table too', async () => {
    const { client, table: made, insert } = await table(FIELDS);
    const put = (json: object) => made.insert([{ insertId: '1', json }], { raw: true });
    await expect(put({ none: 1 })).rejects.toThrow();
    await put({ id: 'a' });
    await insert([{ id: 'without one' }]);
    const [other] = await client.dataset('shop').createTable('other', { schema: { fields: FIELDS } });
    await other.insert([{ insertId: '1', json: { id: 'a' } }], { raw: true });
    expect([(await made.getRows())[0].length, (await other.getRows())[0].length]).toEqual([2, 1]);
  });
});

describe('insertAll', () => {
  const FIELDS = [{ name: 'id', type: 'STRING' }];
  it.each<[object, RegExp]>([
    [{ rows: [] }, /No rows present/],
    [{ rows: Array.from({ length: 50_001 }, () => ({ json: {} })) }, /limit: 50000 row count: 50001/],
    [{ rows: [{ json: {} }], templateSuffix: 'x' }, /templateSuffix of insertAll is not implemented/],
    [{ rows: [{ json: { id: 'x'.repeat(11_000_000) } }] }, /exceeds the limit: 10485760/],
  ])('refuses a request as a whole: %#', async (body, message) => {
    const { url } = await table(FIELDS);
    const response = await fetch(`${url}/projects/demo-millrace/datasets/shop/tables/t/insertAll`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(response.ok).toBe(false);
    expect(JSON.stringify(await response.json())).toMatch(message);
  });

  it('into a table that is gone is refused, and rows of a table made anew are its own', async () => {
    const { table: made } = await table(FIELDS);
    await made.insert({ id: 'a' });
    await made.delete();
    expect(await refusal(made.insert({ id: 'b' }))).toBe(
      '404 notFound: Not found: Table demo-millrace:shop.t',
    );
    await made.create({ schema: { fields: FIELDS } });
    await made.insert({ id: 'c' });
    expect((await made.getRows())[0]).toEqual([{ id: 'c' }]);
  });

  it('loses no row and doubles none while the schema changes under way', async () => {
    const { table: made } = await table(FIELDS);
    const inserts = Array.from({ length: 40 }, async (_, at) => {
      if (at === 10)
        await made.setMetadata({ schema: { fields: [...FIELDS, { name: 'n', type: 'INTEGER' }] } });
      if (at === 20) await made.setMetadata({ description: 'other settings' });
      await made.insert([{ id: String(at) }, { id: `${at}b` }]);
    });
    await Promise.all(inserts);
    const [rows] = await made.getRows();
    expect(new Set(rows.map((row: { id: string }) => row.id)).size).toBe(80);
    expect(rows).toHaveLength(80);
  });
});

describe('a list of rows', () => {
  it('comes page by page, from anywhere, with the columns that are asked for', async () => {
    const { table: made, list } = await table([
      { name: 'n', type: 'INTEGER' },
      { name: 'pad', type: 'STRING' },
    ]);
    await made.insert(Array.from({ length: 25 }, (_, n) => ({ n, pad: 'x' })));
    const first = await list('maxResults=10');
    const second = await list(`maxResults=10&pageToken=${first.pageToken}`);
    const third = await list(`maxResults=10&pageToken=${second.pageToken}`);
    expect([first, second, third].map(({ rows }) => rows.length)).toEqual([10, 10, 5]);
    expect(third.pageToken).toBeUndefined();
    const part = await list('startIndex=23&selectedFields=n');
    expect(part.rows).toEqual([{ f: [{ v: '23' }] }, { f: [{ v: '24' }] }]);
    expect((await made.getRows())[0]).toHaveLength(25);
  });

  it('ends a page before it has more than ten megabytes', async () => {
    const { table: made, list } = await table([{ name: 's', type: 'STRING' }]);
    for (let at = 0; at < 3; at++) await made.insert({ s: String(at).repeat(6_000_000) });
    const first = await list();
    expect(first.rows).toHaveLength(1);
    expect((await list(`pageToken=${first.pageToken}`)).rows).toHaveLength(1);
  });
});

it.each([429, 503] as const)('an outage answers everything with %d, and ends', async outage => {
  const { emulator, client } = await fixture();
  emulator.fail(outage);
  expect(await refusal(client.getDatasets())).toMatch(new RegExp(`^${outage} `));
  emulator.fail(undefined);
  expect((await client.getDatasets())[0]).toHaveLength(1);
});
