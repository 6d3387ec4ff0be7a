import { expect, it } from 'vitest';
import { fixture, refusal } from './testing.ts';

const SCHEMA = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER', mode: 'REQUIRED', defaultValueExpression: '-7' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED', defaultValueExpression: "['a', 'b']" },
  { name: 'day', type: 'DATE', defaultValueExpression: "DATE '2024-02-29'" },
  {
    name: 'at',
    type: 'TIMESTAMP',
    defaultValueExpression: "TIMESTAMP '2024-01-01 12:00:00 America/New_York'",
  },
  { name: 'price', type: 'NUMERIC', defaultValueExpression: '12.5' },
  { name: 'raw', type: 'BYTES', defaultValueExpression: "b'\\xff\\x00'" },
  {
    name: 'place',
    type: 'RECORD',
    fields: [
      { name: 'city', type: 'STRING' },
      { name: 'ok', type: 'BOOLEAN' },
    ],
    defaultValueExpression: "STRUCT('Ulm', TRUE)",
  },
];
const DEFAULTS = {
  n: -7,
  tags: ['a', 'b'],
  day: '2024-02-29',
  at: '2024-01-01T17:00:00.000Z',
  price: '12.5',
  raw: '/wA=',
  place: { city: 'Ulm', ok: true },
};

const shown = (rows: readonly Record<string, { value?: string } & object>[]) =>
  rows.map(({ day, at, price, raw, ...row }) => ({
    ...row,
    day: day?.value ?? null,
    at: at?.value ?? null,
    price: price === null ? null : String(price),
    raw: raw === null ? null : (raw as Buffer).toString('base64'),
  }));

it('what is left out has its default, by insertAll and by statements alike', async () => {
  const { client } = await fixture();
  const table = client.dataset('shop').table('t');
  await table.create({ schema: { fields: SCHEMA } });
  await client.query("INSERT shop.t (id) VALUES ('2 inserted')");
  const values = Array(SCHEMA.length - 1).fill('DEFAULT');
  await client.query(`INSERT shop.t VALUES ('3 DEFAULT', ${values})`);
  await client.query(
    "MERGE shop.t USING (SELECT '4 merged' AS id) AS s ON FALSE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
  );
  await client.query("INSERT shop.t (id) SELECT '5 selected'");
  // Last: rows of insertAll keep statements from changing the table.
  await table.insert([{ id: '1 streamed' }]);
  const [rows] = await client.query('SELECT * FROM shop.t ORDER BY id');
  const ids = ['1 streamed', '2 inserted', '3 DEFAULT', '4 merged', '5 selected'];
  expect(shown(rows)).toEqual(ids.map(id => ({ id, ...DEFAULTS })));
  const [{ schema }] = await table.getMetadata();
  expect(schema.fields).toMatchObject(SCHEMA);
});

it('null is a value, of which the default is none', async () => {
  const { client } = await fixture();
  const table = client.dataset('shop').table('t');
  await client.query(
    "CREATE TABLE shop.t (id STRING NOT NULL, n INT64 DEFAULT 5, s STRING DEFAULT 'x' NOT NULL)",
  );
  await table.insert([
    { id: 'a', n: null },
    { ID: 'b', N: 1, S: 'y' },
  ]);
  await expect(table.insert([{ id: 'c', s: null }])).rejects.toMatchObject({ name: 'PartialFailureError' });
  await client.query("INSERT shop.t (id, n) VALUES ('d', NULL), ('e', DEFAULT)");
  const [rows] = await client.query('SELECT * FROM shop.t ORDER BY id');
  expect(rows).toEqual([
    { id: 'a', n: null, s: 'x' },
    { id: 'b', n: 1, s: 'y' },
    { id: 'd', n: null, s: 'x' },
    { id: 'e', n: 5, s: 'x' },
  ]);
});

it('functions are called for each row; rows that were there before the column have none', async () => {
  const now = Date.UTC(2024, 1, 29, 1, 2, 3, 4);
  const { client } = await fixture({ now: () => now });
  const table = client.dataset('shop').table('t');
  await table.create({ schema: { fields: [{ name: 'id', type: 'STRING' }] } });
  await table.insert([{ id: 'before' }]);
  const calls = ['CURRENT_TIMESTAMP()', 'CURRENT_DATE()', 'GENERATE_UUID()', 'RAND()'];
  const types = ['TIMESTAMP', 'DATE', 'STRING', 'FLOAT'];
  const added = types.map((type, at) => ({
    name: type.toLowerCase(),
    type,
    defaultValueExpression: calls[at]!,
  }));
  await table.setMetadata({ schema: { fields: [{ name: 'id', type: 'STRING' }, ...added] } });
  await table.insert([{ id: 'x' }, { id: 'y' }]);
  const [[before, x, y]] = await client.query('SELECT * FROM shop.t ORDER BY id');
  expect(before).toEqual({ id: 'before', timestamp: null, date: null, string: null, float: null });
  expect(x.timestamp.value).toBe('2024-02-29T01:02:03.004Z');
  expect(x.date.value).toBe('2024-02-29');
  expect(x.string).toMatch(/^[\da-f-]{36}$/);
  expect(x.string).not.toBe(y.string);
  expect(x.float).not.toBe(y.float);
});

it.each([
  ['1 +', 'invalid', 'Syntax error'],
  ['1 + 1', 'invalid', 'must be a literal'],
  ['other', 'invalid', 'must be a literal'],
  ["'text'", 'invalid', 'cannot be inserted into column n'],
  ['LENGTH("a")', 'invalid', 'must not call LENGTH'],
  ['SESSION_USER()', 'notImplemented', 'SESSION_USER'],
])('a default of %s for an INTEGER is refused', async (defaultValueExpression, reason, problem) => {
  const { client } = await fixture();
  const fields = [{ name: 'n', type: 'INTEGER', defaultValueExpression }];
  const refused = await refusal(client.dataset('shop').createTable('t', { schema: { fields } }));
  expect(refused).toContain(` ${reason}: `);
  expect(refused).toContain(problem);
});

it('a part of a record has no default of its own', async () => {
  const { client } = await fixture();
  const inner = [{ name: 'n', type: 'INTEGER', defaultValueExpression: '1' }];
  const fields = [{ name: 'r', type: 'RECORD', fields: inner }];
  expect(await refusal(client.dataset('shop').createTable('t', { schema: { fields } }))).toContain(
    'only a whole column may have one',
  );
});
