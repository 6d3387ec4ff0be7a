import { invalid } from './errors.ts';
import type { TableRef } from './types.ts';

export interface DatasetRef {
  readonly projectId: string;
  readonly datasetId: string;
}

export const datasetName = ({ projectId, datasetId }: DatasetRef): string => `${projectId}:${datasetId}`;
/** `project:dataset.table`, as messages of the API name it. */
export const tableName = (ref: TableRef): string => `${datasetName(ref)}.${ref.tableId}`;

const DATASET = /^\w{1,1024}$/;
/** {@link https://cloud.google.com/bigquery/docs/tables#table_naming}; a partition decorator is none of a name. */
const TABLE = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u;

export function checkDatasetId(id: string): void {
  if (!DATASET.test(id))
    throw invalid(
      `Invalid dataset ID "${id}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
}

export function checkTableId(id: string): void {
  if (!TABLE.test(id) || Buffer.byteLength(id) > 1024)
    throw invalid(
      `Invalid table ID "${id}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long. Also, Table decorators cannot be used.`,
    );
}
