import { duplicate, invalid, notFound, required } from '../errors.ts';
import { type Json, objectAt, textAt } from '../json.ts';
import { tableName } from '../names.ts';
import { changeSchema } from '../schema-change.ts';
import type { Site } from '../site.ts';
import type { Change } from '../store.ts';
import { isView, type StoredTable } from '../stored.ts';
import { definitionOf } from '../table-definition.ts';
import type { Field, TableRef } from '../types.ts';

/** A table that a job writes, and how ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload}). */
export interface Destination {
  readonly ref: TableRef;
  readonly create: 'CREATE_IF_NEEDED' | 'CREATE_NEVER';
  readonly write: 'WRITE_APPEND' | 'WRITE_TRUNCATE' | 'WRITE_EMPTY';
  readonly updates: ReadonlySet<string>;
  /** Of a new table: partitions, clusters, labels. */
  readonly settings: Json;
}

const CREATE = ['CREATE_IF_NEEDED', 'CREATE_NEVER'] as const;
const WRITE = ['WRITE_APPEND', 'WRITE_TRUNCATE', 'WRITE_EMPTY'] as const;
const UPDATES: readonly string[] = ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'];

/** @throws BigQueryError 400 */
export function destinationOf(
  configuration: Json,
  projectId: string,
  write: Destination['write'],
): Destination {
  const given = objectAt(configuration, 'destinationTable');
  if (!given) throw required('destinationTable');
  const updates = configuration['schemaUpdateOptions'] ?? [];
  if (!Array.isArray(updates) || updates.some(one => !UPDATES.includes(one)))
    throw invalid(`Invalid value for schemaUpdateOptions: expected some of ${UPDATES.join(', ')}`);
  return {
    ref: tableRef(given, projectId),
    create: oneOf(configuration, 'createDisposition', CREATE, 'CREATE_IF_NEEDED'),
    write: oneOf(configuration, 'writeDisposition', WRITE, write),
    updates: new Set(updates as string[]),
    settings: {
      ...pick(configuration, 'timePartitioning'),
      ...pick(configuration, 'rangePartitioning'),
      ...pick(configuration, 'clustering'),
      ...(objectAt(configuration, 'destinationTableProperties') ?? {}),
    },
  };
}

const pick = (json: Json, name: string): Json => (json[name] === undefined ? {} : { [name]: json[name] });

/** @throws BigQueryError 400 */
export function tableRef(json: Json, projectId: string): TableRef {
  const [datasetId, tableId] = [textAt(json, 'datasetId'), textAt(json, 'tableId')];
  if (datasetId === undefined) throw required('datasetId');
  if (tableId === undefined) throw required('tableId');
  return { projectId: textAt(json, 'projectId') ?? projectId, datasetId, tableId };
}

function oneOf<const T extends string>(json: Json, name: string, values: readonly T[], fallback: T): T {
  const value = textAt(json, name) ?? fallback;
  const found = values.find(one => one === value);
  if (!found) throw invalid(`Invalid value for ${name}: ${value}: expected ${values.join(', ')}`, name);
  return found;
}

/**
 * The table that a job writes, made or emptied or with more columns as its dispositions say, within the transaction of the job.
 * @param fields that the job brings; those of the table where it has none of its own
 * @throws BigQueryError 400, 404, 409
 */
export async function prepare(
  site: Site,
  change: Change,
  { ref, create, write, updates, settings }: Destination,
  fields: readonly Field[] | undefined,
): Promise<StoredTable> {
  const { store, rows } = site;
  store.dataset(ref);
  const table = store.findTable(ref);
  if (!table) {
    if (create === 'CREATE_NEVER') throw notFound(`Table ${tableName(ref)}`);
    const definition = definitionOf(site, ref, { ...settings, schema: { fields: fields ?? [] } });
    return change.createTable(ref, definition.fields, definition.settings);
  }
  if (isView(table)) throw invalid(`${tableName(ref)} is a view and cannot be written`);
  if (write === 'WRITE_TRUNCATE') {
    rows.forget(table);
    await change.deleteTable(table);
    const made = await change.createTable(ref, fields ?? table.fields, { ...table.settings, ...settings });
    return made;
  }
  if (write === 'WRITE_EMPTY' && (await change.hasRows(table))) throw duplicate(`Table ${tableName(ref)}`);
  if (fields === undefined || fields.length === 0) return table;
  const wanted = allowed(ref, table.fields, fields, updates);
  const { fields: after, alterations } = changeSchema(tableName(ref), table.fields, wanted, true);
  if (JSON.stringify(after) === JSON.stringify(table.fields)) return table;
  await change.alterTable(table, alterations);
  const next = { ...table, fields: after, modified: store.now, version: table.version + 1 };
  await change.putTable(next);
  return next;
}

/** What becomes of a schema where the job may change it no further than its options say. @throws BigQueryError 400 */
function allowed(
  ref: TableRef,
  before: readonly Field[],
  wanted: readonly Field[],
  updates: ReadonlySet<string>,
): Field[] {
  const refuse = (what: string): never => {
    throw invalid(`Provided Schema does not match Table ${tableName(ref)}. ${what}`);
  };
  const merge = (old: readonly Field[], given: readonly Field[], path: string): Field[] =>
    given.map(field => {
      const same = old.find(({ name }) => name.toLowerCase() === field.name.toLowerCase());
      const name = `${path}${field.name}`;
      if (!same) {
        if (!updates.has('ALLOW_FIELD_ADDITION')) refuse(`Cannot add fields (field: ${name})`);
        return { ...field, mode: field.mode === 'REQUIRED' ? 'NULLABLE' : field.mode };
      }
      const relaxed = same.mode === 'REQUIRED' && field.mode === 'NULLABLE';
      // A stricter column of the job fits into a looser one of the table.
      const stricter = same.mode === 'NULLABLE' && field.mode === 'REQUIRED';
      const mode =
        relaxed && !updates.has('ALLOW_FIELD_RELAXATION') ? same.mode : stricter ? same.mode : field.mode;
      const { description } = same;
      return {
        ...field,
        mode,
        ...(description !== undefined && { description }),
        ...(field.fields && { fields: merge(same.fields ?? [], field.fields, `${name}.`) }),
      };
    });
  return merge(before, wanted, '');
}
