import { duckdbType, identifier } from './duckdb-types.ts';
import { DELETED, type Hidden, hiddenColumns } from './hidden.ts';
import type { Json } from './json.ts';
import type { DatasetRef } from './names.ts';
import type { Field, TableRef } from './types.ts';

/** What every resource has. Times in milliseconds since the epoch. */
interface Stored {
  readonly created: number;
  readonly modified: number;
  /** Counts changes; etags are made of it. */
  readonly version: number;
  /** What clients may set of the resource, but the schema. */
  readonly settings: Json;
}

export interface StoredDataset extends Stored {
  readonly ref: DatasetRef;
}

export interface StoredTable extends Stored {
  readonly ref: TableRef;
  /** Never given twice: whoever holds it tells a table from one made anew under its name. */
  readonly id: number;
  readonly fields: readonly Field[];
  /** Rows are changed by their primary key, through the Storage Write API. */
  readonly changes?: true;
}

/** A job as the API answers it, once it is done. */
export interface StoredJob {
  readonly projectId: string;
  readonly jobId: string;
  readonly resource: Json;
}

/** A stream of the Storage Write API: its rows are in the table at once, or, of a pending one, when it is committed. */
export interface StoredStream {
  readonly name: string;
  readonly type: 'COMMITTED' | 'PENDING';
  /** The number of its table: a table made anew has none of the streams of the one before. */
  readonly table: number;
  readonly created: number;
  /** Rows appended so far: the next offset. */
  readonly rows: number;
  readonly finalized: boolean;
  /** When its rows came into the table, of a pending one. */
  readonly committed?: number;
}

/** The name of a table in DuckDB: told apart by its number, since DuckDB does not tell names apart by their case. */
export const duckdbName = ({ ref, id }: StoredTable): string => `${ref.datasetId}.${ref.tableId} ${id}`;

/** Where changes wait to be applied. */
export const changesName = (table: StoredTable): string => `${duckdbName(table)} changes`;

/** Where the rows of a pending stream wait to be committed. */
export const pendingName = ({ name }: StoredStream): string => `${name} pending`;

export const hiddenDefinition = ({ name, type, fallback }: Hidden): string =>
  `${identifier(name)} ${type} DEFAULT ${fallback}`;

export const isView = ({ settings }: Pick<StoredTable, 'settings'>): boolean =>
  settings['view'] !== undefined;

/** What the rows of a table are read by, to be put behind FROM with an alias. */
export function relationOf(table: StoredTable): string {
  const name = identifier(duckdbName(table));
  if (!table.changes) return name;
  const columns = [...table.fields, ...hiddenColumns(table)].map(column => identifier(column.name));
  return `(SELECT ${columns.join(', ')} FROM ${name} WHERE NOT ${DELETED})`;
}

export function createStatement(table: StoredTable): string {
  const columns = table.fields.map(field => {
    const rule = { REQUIRED: ' NOT NULL', REPEATED: ' DEFAULT []', NULLABLE: '' }[field.mode];
    return `${identifier(field.name)} ${duckdbType(field)}${rule}`;
  });
  columns.push(...hiddenColumns(table).map(hiddenDefinition));
  return `CREATE TABLE ${identifier(duckdbName(table))} (${columns.join(', ')})`;
}
