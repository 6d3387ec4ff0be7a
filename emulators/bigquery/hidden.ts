import { DuckDBDateValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import type { Json } from './json.ts';
import { partitioningOf } from './partitions.ts';

/** A column that rows have beside those of the schema. */
export interface Hidden {
  readonly name: string;
  /** In DuckDB. */
  readonly type: string;
  /** An expression of DuckDB, for rows that a statement inserts. */
  readonly fallback: string;
  /** For rows that are appended. */
  value(now: number): DuckDBValue;
}

/** The pseudo-columns of a table that is partitioned by when its rows came. */
export const PARTITION_TIME = '_PARTITIONTIME';
export const PARTITION_DATE = '_PARTITIONDATE';
/** Of the change that a row is the result of: the higher wins. */
export const SEQUENCE = '_CHANGE_SEQUENCE';
/** The row has gone; it stays, so that an older change does not bring it back. */
export const DELETED = '_CHANGE_DELETED';

export const CHANGE_COLUMNS: readonly Hidden[] = [
  { name: SEQUENCE, type: 'VARCHAR', fallback: "''", value: () => '' },
  { name: DELETED, type: 'BOOLEAN', fallback: 'false', value: () => false },
];

export function hiddenColumns(table: { readonly settings: Json; readonly changes?: true }): Hidden[] {
  const partitioning = partitioningOf(table.settings);
  const columns = table.changes ? [...CHANGE_COLUMNS] : [];
  if (partitioning?.kind === 'ingestion') {
    const { unit } = partitioning;
    const began = `date_trunc('${unit.toLowerCase()}', now())`;
    columns.unshift(
      {
        name: PARTITION_TIME,
        type: 'TIMESTAMPTZ',
        fallback: began,
        value: now => new DuckDBTimestampTZValue(partitionOf(unit, now) * 1000n),
      },
      {
        name: PARTITION_DATE,
        type: 'DATE',
        fallback: `CAST(${began} AS DATE)`,
        value: now => new DuckDBDateValue(Number(partitionOf(unit, now) / 86_400_000n)),
      },
    );
  }
  return columns;
}

/** When the partition began that is under way, in milliseconds. */
function partitionOf(unit: string, now: number): bigint {
  const date = new Date(now);
  const parts = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const kept = { YEAR: 1, MONTH: 2, DAY: 3, HOUR: 4 }[unit] ?? 3;
  const [year = 0, month = 0, day = 1, hour = 0] = parts.slice(0, kept);
  return BigInt(Date.UTC(year, month, day, hour));
}
