import {
  type DuckDBConnection,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { duckdbType, identifier, literal } from '../duckdb-types.ts';
import { unimplemented } from '../errors.ts';
import type { Field, FieldType } from '../types.ts';

/** {@link https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#type_conversions} */
const TYPES: Readonly<Partial<Record<DuckDBTypeId, FieldType>>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.UTINYINT]: 'INTEGER',
  [DuckDBTypeId.USMALLINT]: 'INTEGER',
  [DuckDBTypeId.UINTEGER]: 'INTEGER',
  [DuckDBTypeId.UBIGINT]: 'INTEGER',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.VARCHAR]: 'STRING',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_S]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_MS]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
};

export const parquetRelation = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true)`;

/** A value of a file as its column keeps it: JSON in the form that it has from wherever it comes, which fails where it is none. */
export function keptValue(value: string, field: Field, depth = 0): string {
  if (!hasJson(field)) return `CAST(${value} AS ${duckdbType(field)})`;
  if (field.mode === 'REPEATED') {
    const item = `x${depth}`;
    return `list_transform(${value}, lambda ${item}: ${keptValue(item, { ...field, mode: 'NULLABLE' }, depth + 1)})`;
  }
  if (field.type === 'JSON') return `bq_parse_json(CAST(${value} AS VARCHAR))::JSON`;
  const members = field.fields!.map(
    member =>
      `${identifier(member.name)} := ${keptValue(`struct_extract(${value}, ${literal(member.name)})`, member, depth)}`,
  );
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
}

const hasJson = ({ type, fields = [] }: Field): boolean => type === 'JSON' || fields.some(hasJson);

/** The columns of Parquet files. @throws BigQueryError 501 for types that are not taken here */
export async function parquetFields(
  connection: DuckDBConnection,
  paths: readonly string[],
  inferLists: boolean,
): Promise<Field[]> {
  const result = await connection.run(`SELECT * FROM ${parquetRelation(paths)} LIMIT 0`);
  return result.columnNames().map((name, at) => fieldOf(name, result.columnType(at), inferLists));
}

function fieldOf(name: string, type: DuckDBType, inferLists: boolean): Field {
  if (type.typeId === DuckDBTypeId.LIST) {
    if (!inferLists)
      throw unimplemented(`The list ${name} of a Parquet file without parquetOptions.enableListInference`);
    return { ...fieldOf(name, (type as DuckDBListType).valueType, inferLists), mode: 'REPEATED' };
  }
  if (type.typeId === DuckDBTypeId.STRUCT) {
    const { entryNames, entryTypes } = type as DuckDBStructType;
    const fields = entryNames.map((one, at) => fieldOf(one, entryTypes[at]!, inferLists));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const { width, scale } = type as DuckDBDecimalType;
    const fits = scale <= 9 && width - scale <= 29;
    return { name, type: fits ? 'NUMERIC' : 'BIGNUMERIC', mode: 'NULLABLE' };
  }
  // What the file declares to be JSON, DuckDB reads as text by that name.
  if (type.alias === 'JSON') return { name, type: 'JSON', mode: 'NULLABLE' };
  const kept = TYPES[type.typeId];
  if (!kept) throw unimplemented(`The type ${type} of the column ${name} of a Parquet file`);
  return { name, type: kept, mode: 'NULLABLE' };
}
