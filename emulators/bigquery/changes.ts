import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { duckdbType, identifier } from './duckdb-types.ts';
import { invalid } from './errors.ts';
import { CHANGE_COLUMNS, DELETED, hiddenColumns, SEQUENCE } from './hidden.ts';
import { objectAt } from './json.ts';
import { tableName } from './names.ts';
import type { Change } from './store.ts';
import { changesName, duckdbName, hiddenDefinition, type StoredTable } from './stored.ts';

/** What becomes of the row of a primary key ({@link https://cloud.google.com/bigquery/docs/change-data-capture}). */
export interface RowChange {
  /** By the columns of the schema. */
  readonly values: readonly DuckDBValue[];
  /** Of two changes of one key the higher wins, of equal ones the later; empty where the writer gave none. */
  readonly sequence: string;
  readonly deleted: boolean;
}

/** Columns of a change behind those of the schema. */
export const CHANGE_NAMES: readonly string[] = [SEQUENCE, DELETED];

/** One to four numbers, hexadecimal, the first weighs most. */
const SECTIONS = /^[0-9a-f]{1,16}(?:\/[0-9a-f]{1,16}){0,3}$/i;

/** A change sequence number as text that sorts as it counts; undefined where it is none. */
export function sequenceOf(text: string): string | undefined {
  if (!SECTIONS.test(text)) return undefined;
  const sections = text.toLowerCase().split('/');
  return [0, 1, 2, 3].map(at => (sections[at] ?? '').padStart(16, '0')).join('');
}

/** Names of the columns of the primary key; none without one. */
export function primaryKeyOf({ settings }: StoredTable): string[] {
  const key = objectAt(objectAt(settings, 'tableConstraints') ?? {}, 'primaryKey');
  return ((key?.['columns'] ?? []) as unknown[]).map(String);
}

/** Lets a table take changes, if it does not yet. @throws BigQueryError 400 without a primary key */
export async function enableChanges(change: Change, table: StoredTable): Promise<StoredTable> {
  const { connection } = change;
  const keys = primaryKeyOf(table).map(name => name.toLowerCase());
  if (keys.length === 0)
    throw invalid(`_CHANGE_TYPE is only for tables with a primary key: ${tableName(table.ref)} has none`);
  const name = identifier(duckdbName(table));
  for (const column of CHANGE_COLUMNS)
    await connection.run(`ALTER TABLE ${name} ADD COLUMN ${hiddenDefinition(column)}`);
  // Of a row that has gone only the key is known.
  for (const field of table.fields)
    if (field.mode === 'REQUIRED' && !keys.includes(field.name.toLowerCase()))
      await connection.run(`ALTER TABLE ${name} ALTER COLUMN ${identifier(field.name)} DROP NOT NULL`);
  const columns = [
    ...table.fields.map(field => `${identifier(field.name)} ${duckdbType(field)}`),
    ...CHANGE_COLUMNS.map(hiddenDefinition),
  ];
  await connection.run(`CREATE TABLE ${identifier(changesName(table))} (${columns.join(', ')})`);
  const enabled = { ...table, changes: true as const, version: table.version + 1 };
  await change.putTable(enabled);
  return enabled;
}

/** Applies all changes that wait, and leaves none. */
export async function applyChanges(connection: DuckDBConnection, table: StoredTable): Promise<void> {
  const [base, waiting] = [identifier(duckdbName(table)), identifier(changesName(table))];
  const keys = primaryKeyOf(table).map(identifier);
  const same = (a: string, b: string): string =>
    keys.map(key => `${a}.${key} IS NOT DISTINCT FROM ${b}.${key}`).join(' AND ');
  const own = [...table.fields.map(({ name }) => name), ...CHANGE_NAMES].map(identifier).join(', ');
  const rest = hiddenColumns(table).filter(({ name }) => !CHANGE_NAMES.includes(name));
  const [extra, values] = [
    rest.map(({ name }) => `, ${identifier(name)}`).join(''),
    rest.map(({ fallback }) => `, ${fallback}`).join(''),
  ];
  await connection.run(`CREATE OR REPLACE TEMP TABLE winners AS
    SELECT DISTINCT ON (${keys.join(', ')}) ${own} FROM ${waiting} ORDER BY ${SEQUENCE} DESC, rowid DESC`);
  await connection.run(
    `DELETE FROM winners USING ${base} AS old WHERE ${same('winners', 'old')} AND old.${SEQUENCE} > winners.${SEQUENCE}`,
  );
  await connection.run(`DELETE FROM ${base} USING winners WHERE ${same(base, 'winners')}`);
  await connection.run(`INSERT INTO ${base} (${own}${extra}) SELECT ${own}${values} FROM winners`);
  await connection.run(`DELETE FROM ${waiting}`);
  await connection.run('DROP TABLE winners');
}
