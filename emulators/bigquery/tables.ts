import { checkLabels, settingsOf } from './datasets.ts';
import { duplicate, invalid, required, unimplemented } from './errors.ts';
import { checkMatch, etagOf } from './etags.ts';
import { type Call, type Handler, pageOf, readJson } from './http.ts';
import { integerAt, isObject, type Json, merge, objectAt, textAt } from './json.ts';
import { checkTableId, tableName } from './names.ts';
import { checkLayout } from './partitions.ts';
import { readFields } from './schema.ts';
import { changeSchema } from './schema-change.ts';
import { tableSize } from './sizes.ts';
import { type Change, isView, type StoredTable } from './store.ts';
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

export const tableRefOf = ({ params }: Pick<Call, 'params'>): TableRef => ({
  projectId: params['project']!,
  datasetId: params['dataset']!,
  tableId: params['table']!,
});

export const insertTable: Handler = async call => {
  const { site, params } = call;
  const json = await readJson(call);
  const tableId = textAt(objectAt(json, 'tableReference') ?? {}, 'tableId');
  if (tableId === undefined) throw required('tableReference.tableId');
  const ref = { projectId: params['project']!, datasetId: params['dataset']!, tableId };
  const { fields, settings } = definitionOf(call.site, ref, json);
  const table = await site.store.change(async change => {
    site.store.dataset(ref);
    if (site.store.findTable(ref)) throw duplicate(`Table ${tableName(ref)}`);
    return change.createTable(ref, fields, settings);
  });
  return { json: await resource(table, call) };
};

/**
 * Schema and settings of a table that is to be made.
 * @throws BigQueryError 400, 404 without its dataset, 501
 */
export function definitionOf(
  site: Call['site'],
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

function checkSettings(fields: readonly Field[], settings: Json, now: number): void {
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

export const getTable: Handler = async call => {
  const { store } = call.site;
  return { json: await resource(store.table(tableRefOf(call)), call) };
};

export const listTables: Handler = call => {
  const { site, query } = call;
  const dataset = site.store.dataset({ ...tableRefOf(call) });
  const tables = site.store.tables(dataset.ref);
  const { page, ...next } = pageOf(tables, query);
  return {
    json: {
      kind: 'bigquery#tableList',
      etag: `${tables.length}`,
      ...next,
      tables: page.map(table => ({
        kind: 'bigquery#table',
        id: tableName(table.ref),
        tableReference: table.ref,
        type: isView(table) ? 'VIEW' : 'TABLE',
        ...settingsOf(table.settings, [
          'friendlyName',
          'labels',
          'expirationTime',
          'timePartitioning',
          'rangePartitioning',
          'clustering',
        ]),
        ...(isView(table) && { view: { useLegacySql: false } }),
        creationTime: String(table.created),
      })),
      totalItems: tables.length,
    },
  };
};

/** PATCH merges, PUT replaces; neither takes a column away. */
const change =
  (settle: (before: Json, json: Json) => Json): Handler =>
  async call => {
    const { site } = call;
    const json = await readJson(call);
    const ref = tableRefOf(call);
    const after = await site.rows.whileSettled(site.store.table(ref), () =>
      alterTable(site, ref, {
        check: before => checkMatch(call, before),
        settle: before => settle(before, settingsOf(json, TABLE_SETTINGS)),
        schema: objectAt(json, 'schema'),
      }),
    );
    return { json: await resource(after, call) };
  };
export const patchTable = change((before, json) => merge(before, json));
export const updateTable = change((before, json) => ({ ...settingsOf(before, ['view']), ...json }));

interface Alteration {
  check?(before: StoredTable): void;
  settle(before: Json): Json;
  readonly schema: Json | undefined;
}

/** What is never changed once the table is there. */
const FIXED = ['timePartitioning', 'rangePartitioning'] as const;

async function alterTable(site: Call['site'], ref: TableRef, alteration: Alteration): Promise<StoredTable> {
  const { store } = site;
  const settled = alteration.settle(store.table(ref).settings);
  const view = objectAt(settled, 'view');
  const ofView = view && viewFields(site, ref, view);
  return store.change(async change => {
    const before = store.table(ref);
    alteration.check?.(before);
    if (isView(before) !== (view !== undefined))
      throw invalid(`Table ${tableName(ref)} cannot become a ${view ? 'view' : 'table'}`);
    const given = alteration.schema?.['fields'];
    const wanted = given === undefined ? before.fields : readFields(given);
    const { fields, alterations } = ofView
      ? { fields: described(ofView, wanted), alterations: [] }
      : changeSchema(tableName(ref), before.fields, wanted);
    for (const name of FIXED) checkUnchanged(name, before.settings, settled);
    checkSettings(fields, settled, store.now);
    await change.alterTable(before, alterations);
    const after = {
      ...before,
      fields,
      settings: settled,
      modified: store.now,
      version: before.version + 1,
    };
    await change.putTable(after);
    return after;
  });
}

/** Adds columns, as a statement does. @throws BigQueryError 400 */
export async function addFields(
  { store }: Call['site'],
  change: Change,
  before: StoredTable,
  added: readonly Field[],
): Promise<void> {
  const checked = readFields([...before.fields, ...added]);
  const { fields, alterations } = changeSchema(tableName(before.ref), before.fields, checked);
  await change.alterTable(before, alterations);
  await change.putTable({ ...before, fields, modified: store.now, version: before.version + 1 });
}

/** Views may have descriptions of their columns. */
const described = (fields: readonly Field[], given: readonly Field[]): readonly Field[] =>
  fields.map(field => {
    const description = given.find(({ name }) => name === field.name)?.description;
    return description === undefined ? field : { ...field, description };
  });

function checkUnchanged(name: (typeof FIXED)[number], before: Json, after: Json): void {
  const part = (settings: Json): string => {
    const value = settings[name];
    if (!isObject(value)) return 'none';
    const { expirationMs, requirePartitionFilter, ...rest } = value;
    return JSON.stringify(Object.entries(rest).sort());
  };
  if (part(before) !== part(after))
    throw invalid(`Cannot change partitioning spec for a partitioned/clustered table: ${name}`);
}

export const deleteTable: Handler = async call => {
  const { store, rows } = call.site;
  await store.change(async change => {
    const table = store.table(tableRefOf(call));
    checkMatch(call, table);
    rows.forget(table);
    await change.deleteTable(table);
  });
  return { status: 204 };
};

async function resource(table: StoredTable, call: Call): Promise<Json> {
  const { ref, fields, settings, created, modified } = table;
  const { site, origin } = call;
  const link = `${origin}/bigquery/v2/projects/${ref.projectId}/datasets/${ref.datasetId}/tables/${ref.tableId}`;
  const size = await tableSize(site, table);
  return {
    kind: 'bigquery#table',
    etag: etagOf(table),
    id: tableName(ref),
    selfLink: link,
    tableReference: ref,
    ...settings,
    ...(fields.length > 0 && { schema: { fields } }),
    numBytes: String(size.bytes),
    numLongTermBytes: '0',
    numRows: String(size.rows),
    creationTime: String(created),
    lastModifiedTime: String(modified),
    type: isView(table) ? 'VIEW' : 'TABLE',
    location: site.store.dataset(ref).settings['location'],
  };
}
