import { describe, expect, it } from 'vitest';
import { SCOPE } from './corpus.testing.ts';
import { type Ddl, translate } from './translate.ts';

const one = (sql: string) => translate(sql, SCOPE)[0]!;
const ddl = (sql: string): Ddl => one(sql).ddl!;

describe('a statement', () => {
  it('names the tables it reads, with the columns that it is billed for', () => {
    const { reads } = one('SELECT f.id FROM d.flights f JOIN d.carriers USING (carrier) WHERE f.delay > 1');
    expect(reads.map(({ ref, columns }) => [ref.tableId, columns])).toEqual([
      ['flights', ['id', 'carrier', 'delay']],
      ['carriers', ['carrier']],
    ]);
    expect(one('SELECT COUNT(*) FROM d.flights').reads[0]!.columns).toEqual([]);
    expect(one('SELECT * FROM d.carriers').reads[0]!.columns).toEqual(['carrier', 'name']);
  });

  it('names the table that it changes', () => {
    expect(one('DELETE d.carriers WHERE TRUE')).toMatchObject({
      kind: 'delete',
      target: { tableId: 'carriers' },
    });
  });

  it('describes its columns as the REST API does', () => {
    expect(one('SELECT 1 AS a, [STRUCT("x" AS b)] AS c, customer FROM d.orders').schema).toEqual([
      { name: 'a', type: 'INTEGER', mode: 'NULLABLE' },
      {
        name: 'c',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 'b', type: 'STRING', mode: 'NULLABLE' }],
      },
      {
        name: 'customer',
        type: 'RECORD',
        mode: 'NULLABLE',
        fields: [
          { name: 'name', type: 'STRING', mode: 'NULLABLE' },
          { name: 'age', type: 'INTEGER', mode: 'NULLABLE' },
        ],
      },
    ]);
  });

  it('that creates a table says how it lies', () => {
    expect(
      ddl(`CREATE OR REPLACE TABLE demo.d.new (a INT64 NOT NULL OPTIONS (description = 'an a'), b STRING(10), n NUMERIC(10, 2), at_ TIMESTAMP)
           PARTITION BY TIMESTAMP_TRUNC(at_, HOUR) CLUSTER BY a, b OPTIONS (description = 'new', labels = [('x', 'y')], require_partition_filter = TRUE)`),
    ).toEqual({
      kind: 'create-table',
      path: ['demo', 'd', 'new'],
      replace: true,
      ifNotExists: false,
      partitioning: { type: 'HOUR', field: 'at_' },
      clustering: ['a', 'b'],
      options: { description: 'new', labels: [['x', 'y']], require_partition_filter: true },
      filled: false,
    });
    const { schema } = one(
      `CREATE TABLE d.new (a INT64 NOT NULL OPTIONS (description = 'an a'), b STRING(10), n NUMERIC(10, 2), c ARRAY<DATE>)`,
    );
    expect(schema).toEqual([
      { name: 'a', type: 'INTEGER', mode: 'REQUIRED', description: 'an a' },
      { name: 'b', type: 'STRING', mode: 'NULLABLE', maxLength: '10' },
      { name: 'n', type: 'NUMERIC', mode: 'NULLABLE', precision: '10', scale: '2' },
      { name: 'c', type: 'DATE', mode: 'REPEATED' },
    ]);
  });

  it.each([
    ['PARTITION BY day', { type: 'DAY', field: 'day' }],
    ['PARTITION BY DATE_TRUNC(day, MONTH)', { type: 'MONTH', field: 'day' }],
    ['PARTITION BY DATE(at_)', { type: 'DAY', field: 'at_' }],
    ['PARTITION BY _PARTITIONDATE', { type: 'DAY' }],
    [
      'PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
      { range: { start: '0', end: '100', interval: '10' }, field: 'n' },
    ],
  ])('understands %s', (clause, partitioning) => {
    expect(ddl(`CREATE TABLE d.new (day DATE, at_ TIMESTAMP, n INT64) ${clause}`)).toMatchObject({
      partitioning,
    });
  });

  it('that creates a view keeps its query as it was written', () => {
    const view = ddl(
      'CREATE OR REPLACE VIEW d.v OPTIONS (description = "late") AS\n  SELECT id -- one\n  FROM d.flights;',
    );
    expect(view).toMatchObject({
      kind: 'create-view',
      replace: true,
      query: 'SELECT id -- one\n  FROM d.flights',
      options: { description: 'late' },
    });
  });

  it.each([
    ['DROP TABLE IF EXISTS d.x', { kind: 'drop-table', path: ['d', 'x'], ifExists: true }],
    ['DROP VIEW d.x', { kind: 'drop-view', path: ['d', 'x'], ifExists: false }],
    ['DROP SCHEMA s CASCADE', { kind: 'drop-schema', path: ['s'], ifExists: false, cascade: true }],
    [
      'CREATE SCHEMA IF NOT EXISTS p.s',
      { kind: 'create-schema', path: ['p', 's'], ifNotExists: true, options: {} },
    ],
    [
      'ALTER TABLE d.x ADD COLUMN IF NOT EXISTS a ARRAY<INT64>',
      {
        kind: 'alter-table',
        path: ['d', 'x'],
        ifExists: false,
        add: [{ ifNotExists: true, field: { name: 'a', type: 'INTEGER', mode: 'REPEATED' } }],
      },
    ],
  ])('%s is told apart', (sql, expected) => {
    expect(ddl(sql)).toEqual(expected);
  });
});
