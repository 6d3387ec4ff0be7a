import {
  type DuckDBConnection,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { literal } from '../duckdb-types.ts';
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
  const kept = TYPES[type.typeId];
  if (!kept) throw unimplemented(`The type ${type} of the column ${name} of a Parquet file`);
  return { name, type: kept, mode: 'NULLABLE' };
}
