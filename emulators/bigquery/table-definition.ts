import { checkLabels, settingsOf } from './datasets.ts';
import { invalid, unimplemented } from './errors.ts';
import { integerAt, type Json, objectAt } from './json.ts';
import { checkTableId } from './names.ts';
import { checkLayout } from './partitions.ts';
import { readFields } from './schema.ts';
import type { Site } from './site.ts';
import type { Field, TableRef } from './types.ts';
import { viewFields } from './views.ts';

/** What clients may set ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#Table}); anything else is left out. */
export const TABLE_SETTINGS = [
  'friendlyName',
  'description',
  'labels',
  'expirationTime',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'requirePartitionFilter',
  'view',
  'tableConstraints',
  'maxStaleness',
  'defaultCollation',
  'defaultRoundingMode',
  'resourceTags',
];
const NOT_HERE: Readonly<Record<string, string>> = {
  materializedView: 'A materialized view',
  externalDataConfiguration: 'An external table',
  snapshotDefinition: 'A table snapshot',
  cloneDefinition: 'A table clone',
  biglakeConfiguration: 'A BigLake table',
};

/**
 * Schema and settings of a table that is to be made.
 * @throws BigQueryError 400, 404 without its dataset, 501
 */
export function definitionOf(
  site: Site,
  ref: TableRef,
  json: Json,
): { fields: readonly Field[]; settings: Json } {
  checkTableId(ref.tableId);
  for (const [name, what] of Object.entries(NOT_HERE))
    if (json[name] !== undefined) throw unimplemented(what);
  const dataset = site.store.dataset(ref);
  const expiration = integerAt(dataset.settings, 'defaultTableExpirationMs');
  const settings: Json = {
    ...(expiration !== undefined && { expirationTime: String(site.store.now + expiration) }),
    ...settingsOf(json, TABLE_SETTINGS),
  };
  const view = objectAt(json, 'view');
  const schema = objectAt(json, 'schema');
  const given = schema?.['fields'] === undefined ? [] : readFields(schema['fields']);
  const fields = view ? viewFields(site, ref, view) : given;
  checkSettings(fields, settings, site.store.now);
  return { fields, settings };
}

/** @throws BigQueryError 400 where the settings do not go together, or not with the schema */
export function checkSettings(fields: readonly Field[], settings: Json, now: number): void {
  checkLabels(settings);
  if (fields.length > 0 || settings['timePartitioning'] === undefined) checkLayout(fields, settings);
  const expires = integerAt(settings, 'expirationTime');
  if (expires !== undefined && expires <= now)
    throw invalid(`Invalid value for expirationTime: ${expires} is in the past`);
  const key = objectAt(objectAt(settings, 'tableConstraints') ?? {}, 'primaryKey');
  if (key) checkPrimaryKey(fields, key['columns']);
}

function checkPrimaryKey(fields: readonly Field[], columns: unknown): void {
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > 16)
    throw invalid('tableConstraints.primaryKey.columns: expected one to sixteen names of columns');
  for (const name of columns) {
    const field = fields.find(one => one.name.toLowerCase() === String(name).toLowerCase());
    if (!field || field.mode === 'REPEATED' || field.type === 'RECORD')
      throw invalid(`The primary key column ${name} is not a scalar column of the table`);
  }
}
