import { invalid } from './errors.ts';
import { booleanAt, integerAt, type Json, objectAt, textAt } from './json.ts';
import type { Field } from './types.ts';

/** How the rows of a table are told apart for billing and expiry ({@link https://cloud.google.com/bigquery/docs/partitioned-tables}). */
export type Partitioning =
  | { readonly kind: 'time'; readonly unit: string; readonly field: string }
  | { readonly kind: 'ingestion'; readonly unit: string }
  | { readonly kind: 'range'; readonly field: string };

const UNITS: readonly string[] = ['HOUR', 'DAY', 'MONTH', 'YEAR'];
const TIME_TYPES: readonly string[] = ['DATE', 'TIMESTAMP', 'DATETIME'];
const CLUSTER_TYPES: ReadonlySet<string> = new Set([
  'STRING',
  'BYTES',
  'INTEGER',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'DATETIME',
  'GEOGRAPHY',
]);

/** @throws BigQueryError 400 */
export function partitioningOf(settings: Json): Partitioning | undefined {
  const time = objectAt(settings, 'timePartitioning');
  const range = objectAt(settings, 'rangePartitioning');
  if (time && range)
    throw invalid('Only one of timePartitioning and rangePartitioning can be set', 'timePartitioning');
  if (time) {
    const unit = textAt(time, 'type') ?? '';
    if (!UNITS.includes(unit))
      throw invalid(`Invalid value for timePartitioning.type: ${unit}: expected ${UNITS.join(', ')}`);
    const field = textAt(time, 'field');
    return field === undefined ? { kind: 'ingestion', unit } : { kind: 'time', unit, field };
  }
  if (range) return { kind: 'range', field: textAt(range, 'field') ?? '' };
  return undefined;
}

/** Whether every statement on the table has to filter by its partitions. */
export const requiresFilter = (settings: Json): boolean =>
  booleanAt(settings, 'requirePartitionFilter') ??
  booleanAt(objectAt(settings, 'timePartitioning') ?? {}, 'requirePartitionFilter') ??
  false;

/** @throws BigQueryError 400 where the table cannot be partitioned or clustered so */
export function checkLayout(fields: readonly Field[], settings: Json): void {
  const partitioning = partitioningOf(settings);
  const top = new Map(fields.map(field => [field.name.toLowerCase(), field]));
  if (partitioning && partitioning.kind !== 'ingestion') {
    const { kind, field: name } = partitioning;
    const field = top.get(name.toLowerCase());
    if (!field)
      throw invalid(
        `The field specified for partitioning cannot be found in the schema: ${name || '(none)'}`,
      );
    const types = kind === 'time' ? TIME_TYPES : ['INTEGER'];
    if (!types.includes(field.type) || field.mode === 'REPEATED')
      throw invalid(
        `The field specified for partitioning, ${name}, can only be of type ${types.join(', ')} and not repeated; it is ${field.type}, ${field.mode}`,
      );
    if (kind === 'time' && partitioning.unit === 'HOUR' && field.type === 'DATE')
      throw invalid(`The type of time partitioning HOUR cannot be used with the DATE field ${name}`);
  }
  if (partitioning?.kind === 'range') checkRange(objectAt(settings, 'rangePartitioning')!);
  if (requiresFilter(settings) && !partitioning)
    throw invalid('requirePartitionFilter is only for partitioned tables');
  checkClustering(top, settings);
}

function checkRange(settings: Json): void {
  const range = objectAt(settings, 'range') ?? {};
  const [start, end, interval] = ['start', 'end', 'interval'].map(name => integerAt(range, name));
  if (start === undefined || end === undefined || interval === undefined)
    throw invalid('rangePartitioning.range needs start, end and interval');
  if (interval <= 0 || end <= start || (end - start) / interval > 10_000)
    throw invalid(
      'rangePartitioning.range: expected start < end, interval > 0, and 10,000 partitions at most',
    );
}

function checkClustering(top: ReadonlyMap<string, Field>, settings: Json): void {
  const clustering = objectAt(settings, 'clustering');
  if (!clustering) return;
  const names: unknown = clustering['fields'];
  if (!Array.isArray(names) || names.length === 0 || names.length > 4)
    throw invalid('clustering.fields: expected one to four names of columns');
  for (const name of names) {
    const field = top.get(String(name).toLowerCase());
    if (!field) throw invalid(`The field specified for clustering cannot be found in the schema: ${name}`);
    if (!CLUSTER_TYPES.has(field.type) || field.mode === 'REPEATED')
      throw invalid(`Field ${name} has type ${field.type}, which is not supported for clustering`);
  }
}
