import { alterTable } from './alterations.ts';
import { settingsOf } from './datasets.ts';
import { duplicate, required } from './errors.ts';
import { checkMatch, etagOf } from './etags.ts';
import { type Call, type Handler, pageOf, readJson } from './http.ts';
import { type Json, merge, objectAt, textAt } from './json.ts';
import { tableName } from './names.ts';
import { tableSize } from './sizes.ts';
import { isView, type StoredTable } from './stored.ts';
import { definitionOf, TABLE_SETTINGS } from './table-definition.ts';
import type { TableRef } from './types.ts';

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
