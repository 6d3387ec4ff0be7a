import { describe, expect, it } from 'vitest';
import { fixture, refusal } from './testing.ts';

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  { name: 'place', type: 'RECORD', fields: [{ name: 'city', type: 'STRING' }] },
];

describe('a dataset', () => {
  it('is made, found, changed and deleted', async () => {
    const { client } = await fixture();
    const [dataset] = await client.createDataset('other', { location: 'EU', labels: { team: 'a' } });
    expect(dataset.metadata).toMatchObject({
      kind: 'bigquery#dataset',
      id: 'demo-millrace:other',
      location: 'EU',
      labels: { team: 'a' },
    });
    expect(await dataset.exists()).toEqual([true]);
    await dataset.setMetadata({ description: 'd', labels: { other: 'b' } });
    expect((await dataset.getMetadata())[0]).toMatchObject({
      description: 'd',
      labels: { team: 'a', other: 'b' },
    });
    const names = async (options = {}) => (await client.getDatasets(options))[0].map(({ id }) => id);
    expect(await names()).toEqual(['other', 'shop']);
    expect(await names({ filter: 'labels.team:a' })).toEqual(['other']);
    await dataset.delete();
    expect(await dataset.exists()).toEqual([false]);
  });

  it('with tables is deleted only by force', async () => {
    const { client } = await fixture();
    const dataset = client.dataset('shop');
    await dataset.createTable('orders', { schema: FIELDS });
    expect(await refusal(dataset.delete())).toBe(
      '400 resourceInUse: Dataset demo-millrace:shop is still in use',
    );
    await dataset.delete({ force: true });
    await client.createDataset('shop');
    expect((await dataset.getTables())[0]).toEqual([]);
  });

  it('that is there, or is not, or has a name that none can have, is told so', async () => {
    const { client } = await fixture();
    expect(await refusal(client.createDataset('shop'))).toBe(
      '409 duplicate: Already Exists: Dataset demo-millrace:shop',
    );
    expect(await refusal(client.dataset('none').getMetadata())).toBe(
      '404 notFound: Not found: Dataset demo-millrace:none',
    );
    expect(await refusal(client.createDataset('a-b'))).toMatch(/^400 invalid: Invalid dataset ID "a-b"/);
    expect(await refusal(client.dataset('none').createTable('t', {}))).toBe(
      '404 notFound: Not found: Dataset demo-millrace:none',
    );
  });

  it('is listed page by page', async () => {
    const { client } = await fixture();
    for (const id of ['a', 'b', 'c']) await client.createDataset(id);
    const [first, next] = await client.getDatasets({ maxResults: 3, autoPaginate: false });
    const [second] = await client.getDatasets(next!);
    expect([first, second].map(page => page.map(({ id }) => id))).toEqual([['a', 'b', 'c'], ['shop']]);
  });
});

describe('a table', () => {
  it('has schema, partitions, clusters, labels and an expiry as they were given', async () => {
    const { client } = await fixture();
    const settings = {
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: '86400000' },
      clustering: { fields: ['id'] },
      requirePartitionFilter: true,
      labels: { team: 'a' },
      friendlyName: 'Orders',
      expirationTime: String(Date.now() + 3_600_000),
    };
    const [table] = await client.dataset('shop').createTable('orders', { schema: FIELDS, ...settings });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({
      ...settings,
      kind: 'bigquery#table',
      id: 'demo-millrace:shop.orders',
      type: 'TABLE',
      numRows: '0',
      schema: {
        fields: [
          { name: 'id', type: 'STRING', mode: 'REQUIRED' },
          { name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE' },
          { name: 'tags', type: 'STRING', mode: 'REPEATED' },
          { name: 'place', type: 'RECORD', fields: [{ name: 'city', type: 'STRING' }] },
        ],
      },
    });
    expect((await client.dataset('shop').getTables())[0].map(({ id }) => id)).toEqual(['orders']);
    await table.delete();
    expect(await table.exists()).toEqual([false]);
  });

  it('is gone once it has expired', async () => {
    let now = Date.now();
    const { client } = await fixture({ now: () => now });
    const expirationTime = String(now + 60_000);
    const [table] = await client.dataset('shop').createTable('brief', { schema: FIELDS, expirationTime });
    expect(await table.exists()).toEqual([true]);
    now += 60_000;
    expect(await table.exists()).toEqual([false]);
    await client.dataset('shop').createTable('brief', { schema: FIELDS });
    expect(await table.exists()).toEqual([true]);
  });

  it('takes more columns, deep inside records too, and keeps its rows', async () => {
    const { client } = await fixture();
    const [table] = await client.dataset('shop').createTable('orders', { schema: FIELDS });
    await table.insert({ id: 'a', tags: ['x'], place: { city: 'Ulm' } });
    await table.setMetadata({
      schema: {
        fields: [
          { ...FIELDS[0], mode: 'NULLABLE' },
          ...FIELDS.slice(1, 3),
          {
            name: 'place',
            type: 'RECORD',
            fields: [
              { name: 'city', type: 'STRING' },
              { name: 'zips', type: 'INT64', mode: 'REPEATED' },
            ],
          },
          { name: 'lists', type: 'STRING', mode: 'REPEATED' },
        ],
      },
    });
    await table.insert({ place: { zips: [1, 2] }, lists: ['l'] });
    expect((await table.getRows())[0]).toEqual([
      { id: 'a', at: null, tags: ['x'], place: { city: 'Ulm', zips: [] }, lists: [] },
      { id: null, at: null, tags: [], place: { city: null, zips: [1, 2] }, lists: ['l'] },
    ]);
  });

  const shape = 'Provided Schema does not match Table demo-millrace:shop.orders.';
  it.each([
    ['a column that goes', FIELDS.slice(1), `${shape} Field id is missing in new schema.`],
    [
      'another type',
      [{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }, ...FIELDS.slice(1)],
      `${shape} Field id has changed type from STRING to INTEGER.`,
    ],
    [
      'a stricter mode',
      [...FIELDS.slice(0, 1), { name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED' }, ...FIELDS.slice(2)],
      `${shape} Field at has changed mode from NULLABLE to REQUIRED.`,
    ],
    [
      'a new column that is required',
      [...FIELDS, { name: 'n', type: 'INTEGER', mode: 'REQUIRED' }],
      `${shape} Cannot add required fields to an existing schema. (field: n).`,
    ],
    ['one name twice', [...FIELDS, { name: 'ID', type: 'STRING' }], 'Field ID already exists in schema'],
    [
      'a name that is reserved',
      [...FIELDS, { name: '_partition_x', type: 'STRING' }],
      /^Invalid field name "_partition_x"/,
    ],
    ['a type that is none', [...FIELDS, { name: 'x', type: 'TEXT' }], /TEXT is not a valid value/],
  ])('refuses %s', async (_, fields, message) => {
    const { client } = await fixture();
    const [table] = await client.dataset('shop').createTable('orders', { schema: FIELDS });
    const refused = await refusal(table.setMetadata({ schema: { fields } }));
    const [, code, text] = /^(\d+ \w+): (.*)$/s.exec(refused)!;
    expect(code).toBe('400 invalid');
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
    expect((await table.getMetadata())[0].schema.fields).toHaveLength(4);
  });

  it.each([
    [{ timePartitioning: { type: 'DAY', field: 'none' } }, /cannot be found in the schema: none/],
    [{ timePartitioning: { type: 'WEEK', field: 'at' } }, /timePartitioning.type: WEEK/],
    [{ timePartitioning: { type: 'DAY', field: 'id' } }, /can only be of type DATE, TIMESTAMP, DATETIME/],
    [{ clustering: { fields: ['tags'] } }, /not supported for clustering/],
    [{ clustering: { fields: ['a', 'b', 'c', 'd', 'e'] } }, /one to four/],
    [{ requirePartitionFilter: true }, /only for partitioned tables/],
    [{ tableConstraints: { primaryKey: { columns: ['tags'] } } }, /primary key column tags/],
    [{ labels: { A: 'b' } }, /Invalid label key: A/],
    [{ expirationTime: '1' }, /is in the past/],
  ])('is not made with %j', async (settings, message) => {
    const { client } = await fixture();
    expect(await refusal(client.dataset('shop').createTable('t', { schema: FIELDS, ...settings }))).toMatch(
      message,
    );
  });

  it('is changed only as the caller knew it, where the caller says so', async () => {
    const { client, url } = await fixture();
    const [table] = await client.dataset('shop').createTable('orders', { schema: FIELDS });
    const { etag } = table.metadata;
    const patch = (match: string) =>
      fetch(`${url}/bigquery/v2/projects/demo-millrace/datasets/shop/tables/orders`, {
        method: 'PATCH',
        headers: { 'if-match': match, 'content-type': 'application/json' },
        body: '{"description": "d"}',
      });
    expect((await patch(etag)).status).toBe(200);
    expect((await patch(etag)).status).toBe(412);
    expect((await patch('*')).status).toBe(200);
  });

  it('of which only the case differs is another', async () => {
    const { client } = await fixture();
    const [upper] = await client.dataset('shop').createTable('Orders', { schema: FIELDS });
    const [lower] = await client.dataset('shop').createTable('orders', { schema: FIELDS });
    await upper.insert({ id: 'upper' });
    expect([(await upper.getRows())[0].length, (await lower.getRows())[0].length]).toEqual([1, 0]);
  });
});
