import { expect, it } from 'vitest';
import { fixture } from './testing.ts';

it('INFORMATION_SCHEMA.PARTITIONS counts the rows and bytes of each partition, also of those just streamed', async () => {
  const now = Date.UTC(2024, 1, 29, 13);
  const { client } = await fixture({ now: () => now });
  const range = { start: '0', end: '100', interval: '10' };
  const layouts = {
    hours: { timePartitioning: { type: 'HOUR', field: 'at' } },
    days: { timePartitioning: { type: 'DAY', field: 'at' } },
    months: { timePartitioning: { type: 'MONTH', field: 'at' } },
    years: { timePartitioning: { type: 'YEAR' } },
    ranges: { rangePartitioning: { field: 'n', range } },
    plain: {},
    empty: {},
  };
  const fields = [
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'n', type: 'INTEGER' },
  ];
  const rows = [
    { at: '2024-02-28T23:30:00Z', n: 5 },
    { at: '2024-02-29T00:30:00Z', n: 19 },
    { at: '2024-02-29T01:30:00Z', n: 10 },
    { at: null, n: 100 },
    { at: '2025-01-01T00:00:00Z', n: null },
  ];
  for (const [name, layout] of Object.entries(layouts)) {
    const table = client.dataset('shop').table(name);
    await table.create({ schema: { fields }, ...layout });
    if (name !== 'empty') await table.insert(rows);
  }
  const [found] = await client.query(
    'SELECT table_name, partition_id, total_rows, total_logical_bytes FROM shop.INFORMATION_SCHEMA.PARTITIONS ORDER BY table_name, partition_id',
  );
  const shown = found.map((row: Record<string, unknown>) => Object.values(row).join(' '));
  expect(shown).toEqual([
    'days 20240228 1 16',
    'days 20240229 2 32',
    'days 20250101 1 8',
    'days __NULL__ 1 8',
    'empty  0 0',
    'hours 2024022823 1 16',
    'hours 2024022900 1 16',
    'hours 2024022901 1 16',
    'hours 2025010100 1 8',
    'hours __NULL__ 1 8',
    'months 202402 3 48',
    'months 202501 1 8',
    'months __NULL__ 1 8',
    'plain  5 64',
    'ranges 0 1 16',
    'ranges 10 2 32',
    'ranges __NULL__ 1 8',
    'ranges __UNPARTITIONED__ 1 8',
    'years 2024 5 64',
  ]);
});
