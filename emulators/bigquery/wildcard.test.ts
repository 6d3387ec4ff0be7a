import { expect, it } from 'vitest';
import { fixture, refusal } from './testing.ts';

async function scene() {
  let now = Date.UTC(2024, 1, 1);
  const { client } = await fixture({ now: () => now });
  const create = async (name: string, columns: string, row: object) => {
    now += 1000;
    await client.query(`CREATE TABLE shop.${name} (${columns})`);
    await client.dataset('shop').table(name).insert([row]);
  };
  await create('events_2023', 'id STRING, old INT64', { id: 'a', old: 1 });
  await create('events_2024', 'id STRING, n INT64, tags ARRAY<STRING>', { id: 'b', n: 2, tags: ['x'] });
  await create('other', 'id STRING', { id: 'not of these' });
  return { client, create };
}

it('a wildcard reads all tables that begin so, by the schema of the youngest, and tells them by their suffix', async () => {
  const { client, create } = await scene();
  const [all] = await client.query('SELECT *, _TABLE_SUFFIX AS suffix FROM `shop.events_*` ORDER BY id');
  expect(all).toEqual([
    { id: 'a', n: null, tags: [], suffix: '2023' },
    { id: 'b', n: 2, tags: ['x'], suffix: '2024' },
  ]);
  const [[one]] = await client.query(
    "SELECT COUNT(*) AS c FROM `demo-millrace.shop.events_20*` WHERE _TABLE_SUFFIX BETWEEN '24' AND '25'",
  );
  expect(one).toEqual({ c: 1 });
  await create('events_2025', 'ID STRING', { ID: 'c' });
  const [younger] = await client.query('SELECT * FROM `shop.events_*` ORDER BY ID');
  expect(younger).toEqual([{ ID: 'a' }, { ID: 'b' }, { ID: 'c' }]);
});

it('is billed by the columns that are named, of every table', async () => {
  const { client } = await scene();
  const [job] = await client.createQueryJob({ query: 'SELECT n FROM `shop.events_*`', dryRun: true });
  expect(job.metadata.statistics.totalBytesProcessed).toBe('8');
  const tables = job.metadata.statistics.query.referencedTables.map(
    ({ tableId }: { tableId: string }) => tableId,
  );
  expect(tables).toEqual(['events_2023', 'events_2024']);
});

it('names no view, no other type, and nothing that could be changed', async () => {
  const { client, create } = await scene();
  expect(await refusal(client.query('SELECT 1 FROM `shop.none_*`'))).toMatch(/does not match any table/);
  expect(await refusal(client.query('DELETE FROM `shop.events_*` WHERE TRUE'))).toMatch(/WILDCARD/);
  await create('events_2026', 'id INT64', { id: 1 });
  expect(await refusal(client.query('SELECT id FROM `shop.events_*`'))).toMatch(
    /^400 invalidQuery: Cannot read field id of type STRING as INTEGER/,
  );
  await client.dataset('shop').createTable('events_view', { view: 'SELECT 1 AS one' });
  expect(await refusal(client.query('SELECT 1 FROM `shop.events_*`'))).toMatch(
    /^400 invalidQuery: Views cannot be queried through prefix. Matched views are: demo-millrace:shop.events_view/,
  );
});
