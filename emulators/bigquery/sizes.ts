import { identifier } from './duckdb-types.ts';
import type { Site } from './site.ts';
import { isView, relationOf, type StoredTable } from './stored.ts';
import type { Field, FieldType } from './types.ts';

/** Bytes of a value that has always as many ({@link https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes}). */
const FIXED: Readonly<Partial<Record<FieldType, number>>> = {
  INTEGER: 8,
  FLOAT: 8,
  NUMERIC: 16,
  BIGNUMERIC: 32,
  BOOLEAN: 1,
  TIMESTAMP: 8,
  DATE: 8,
  TIME: 8,
  DATETIME: 8,
  GEOGRAPHY: 16,
};
/** Ahead of the bytes of a text. */
const TEXT_HEAD = 2;

/** An expression of DuckDB: the bytes of one value as they are billed; of NULL none. */
function bytesOf(field: Field, value: string, depth = 0): string {
  const { type, mode, fields = [] } = field;
  if (mode === 'REPEATED') {
    const item = `x${depth}`;
    const one = bytesOf({ ...field, mode: 'NULLABLE' }, item, depth + 1);
    return `coalesce(list_sum(list_transform(${value}, lambda ${item}: ${one})), 0)`;
  }
  if (type === 'RECORD')
    return `(${fields.map(member => bytesOf(member, `struct_extract(${value}, '${member.name.replaceAll("'", "''")}')`, depth)).join(' + ')})`;
  const fixed = FIXED[type];
  if (fixed !== undefined) return `(CASE WHEN ${value} IS NULL THEN 0 ELSE ${fixed} END)`;
  const length = type === 'BYTES' ? `octet_length(${value})` : `strlen(${value}::VARCHAR)`;
  return `coalesce(${TEXT_HEAD} + ${length}, 0)`;
}

/** An expression of DuckDB: the bytes of these columns in all rows. */
export const sumOfBytes = (fields: readonly Field[]): string => {
  const sums = fields.map(field => `coalesce(sum(${bytesOf(field, identifier(field.name))}), 0)`);
  return `(${['0', ...sums].join(' + ')})::BIGINT`;
};

export interface Size {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Rows of a table, and the logical bytes of its columns as they are billed.
 * @param columns in lower case; all unless told
 */
export async function tableSize(
  site: Site,
  table: StoredTable,
  columns?: ReadonlySet<string>,
): Promise<Size> {
  if (isView(table)) return { rows: 0, bytes: 0 };
  await site.rows.flush(table);
  const counted = table.fields.filter(({ name }) => columns?.has(name.toLowerCase()) ?? true);
  const [row = []] = await site.store.engine.rows(
    `SELECT count(*), ${sumOfBytes(counted)} FROM ${relationOf(table)} AS counted`,
  );
  return { rows: Number(row[0]), bytes: Number(row[1]) };
}
