import { clashesOf, fieldsOf, OWN_COLUMNS } from '../warehouse/columns.ts';
import { nearest } from '../yaml/nearest.ts';
import { type Fault, isText, listOf, mapOf, type Unchecked } from './fault.ts';

/** BigQuery clusters by no others: {@link https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types}. */
const CLUSTERED = new Set(['STRING', 'INTEGER', 'BOOLEAN', 'TIMESTAMP']);

/** Columns of the warehouse need names of their own, and what a table is clustered by must be one of them. */
export function warehouseFaults(source: Unchecked): Fault[] {
  const { warehouse } = source;
  if (!warehouse) return [];
  const schema = mapOf(source['schema']);
  const clashes = clashesOf(schema).map(
    ({ property, column }): Fault => ({
      path: ['schema', 'properties', property],
      part: 'key',
      what: `the warehouse has another column named "${column}"`,
      mend: 'rename the property, or take out "warehouse"',
    }),
  );
  const columns = [...OWN_COLUMNS, ...fieldsOf(schema, []).map(({ column }) => column)];
  const able = columns.filter(({ type, mode }) => CLUSTERED.has(type) && mode !== 'REPEATED');
  const names = able.map(({ name }) => name);
  const wrong = listOf(mapOf(warehouse)['clustering']).flatMap((name, at): Fault[] => {
    if (!isText(name) || names.includes(name)) return [];
    const guess = nearest(name, names);
    const what = `"${name}" is no column that a table can be clustered by`;
    const mend = guess === undefined ? 'take it out' : `did you mean ${guess}?`;
    return [{ path: ['warehouse', 'clustering', at], what, expected: `one of ${names.join(', ')}`, mend }];
  });
  return [...clashes, ...wrong];
}
