import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError, type ErrorProto, invalid, unimplemented } from './errors.ts';
import { type Handler, readText, tokenOf } from './http.ts';
import { booleanAt, isObject, type Json, parseBody } from './json.ts';
import { tableName } from './names.ts';
import { pageOptions, readPage } from './pages.ts';
import { isInsertId } from './rows.ts';
import { isView, relationOf } from './stored.ts';
import { tableRefOf } from './tables.ts';
import type { Field } from './types.ts';
import { RowError } from './values/from-json.ts';

const MOST_ROWS = 50_000;
/** A streamed row is billed as a kilobyte at least ({@link https://cloud.google.com/bigquery/pricing#data_ingestion_pricing}). */
const BILLED_ROW = 1024;

interface RowErrors {
  readonly index: number;
  readonly errors: readonly (ErrorProto & { readonly debugInfo: string })[];
}

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll} */
export const insertAll: Handler = async call => {
  const { site } = call;
  const text = await readText(call);
  const json = parseBody(text);
  const items = json['rows'];
  if (!Array.isArray(items) || items.length === 0) throw invalid('No rows present in the request.');
  if (items.length > MOST_ROWS)
    throw invalid(`too many rows present in the request, limit: ${MOST_ROWS} row count: ${items.length}.`);
  if (json['templateSuffix']) throw unimplemented('templateSuffix of insertAll');
  const ref = tableRefOf(call);
  await site.rows.settled(site.store.table(ref).id);

  // From here to `add` nothing waits: the rows are read by the schema that they are kept by.
  const table = site.store.table(ref);
  if (isView(table)) throw invalid(`Cannot add rows to a table of type VIEW.`);
  if (table.fields.length === 0) throw invalid(`The destination table has no schema.`);
  const read = site.rows.reader(table);
  const options = { ignoreUnknown: booleanAt(json, 'ignoreUnknownValues') ?? false };
  const errors: RowErrors[] = [];
  const good: { readonly at: number; readonly insertId: unknown; readonly values: DuckDBValue[] }[] = [];
  for (let at = 0; at < items.length; at++) {
    try {
      const { json: row, insertId } = items[at] as Json;
      if (!isObject(row)) throw new RowError('', 'Missing or invalid row: expected an object in json');
      good.push({ at, insertId, values: read(row, options) });
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      const { location, message } = error;
      errors.push({ index: at, errors: [insertError('invalid', location, message)] });
    }
  }
  if (errors.length > 0 && !(booleanAt(json, 'skipInvalidRows') ?? false)) {
    // One bad row keeps the others out.
    for (const { at } of good) errors.push({ index: at, errors: [insertError('stopped', '', '')] });
    return { json: inserted(errors) };
  }
  const ids: string[] = [];
  const fresh = good.filter(({ insertId }) => {
    if (!isInsertId(insertId)) return true;
    if (!site.rows.isNew(table, insertId)) return false;
    ids.push(insertId);
    return true;
  });
  site.rows.streamed(table);
  if (fresh.length > 0)
    await site.rows.add(
      table,
      fresh.map(({ values }) => values),
      ids,
      { text, without: placesBut(items.length, fresh), ...options },
    );
  site.meter?.count('bigquery.insertedBytes', Math.max(text.length, items.length * BILLED_ROW));
  return { json: inserted(errors) };
};

/** The places up to `count` that these do not have. */
function placesBut(count: number, these: readonly { readonly at: number }[]): number[] {
  if (these.length === count) return [];
  const places = new Set(these.map(({ at }) => at));
  return Array.from({ length: count }, (_, at) => at).filter(at => !places.has(at));
}

const insertError = (reason: string, location: string, message: string): RowErrors['errors'][number] => ({
  reason,
  location,
  debugInfo: '',
  message,
});

const inserted = (errors: readonly RowErrors[]): Json => ({
  kind: 'bigquery#tableDataInsertAllResponse',
  ...(errors.length > 0 && { insertErrors: errors }),
});

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list} */
export const listRows: Handler = async call => {
  const { site, query } = call;
  const table = site.store.table(tableRefOf(call));
  if (isView(table)) throw invalid(`Cannot list a table of type VIEW. ${tableName(table.ref)}`);
  await site.rows.flush(table);
  const fields = selected(table.fields, query.get('selectedFields'));
  const name = relationOf(table);
  const { rows, next } = await readPage(site, fields, name, pageOptions(query));
  const [[total] = []] = await site.store.engine.rows(`SELECT count(*) FROM ${name} AS listed`);
  return {
    json: {
      kind: 'bigquery#tableDataList',
      etag: String(table.version),
      totalRows: String(total),
      ...(next !== undefined && { pageToken: tokenOf(next) }),
      rows,
    },
  };
};

/** Columns by the names that a client lists, `a,b.c`; they keep the order of the schema. @throws BigQueryError 400 */
function selected(fields: readonly Field[], list: string | null): readonly Field[] {
  if (!list) return fields;
  const names = list.split(',').map(name => name.trim());
  const top = new Set(names.map(name => name.split('.')[0]!.toLowerCase()));
  for (const name of names) {
    if (name.includes('.')) throw unimplemented(`selectedFields with a part of a record (${name})`);
    if (!fields.some(field => field.name.toLowerCase() === name.toLowerCase()))
      throw new BigQueryError(400, 'invalid', `Invalid field name: ${name}`, 'selectedFields');
  }
  return fields.filter(({ name }) => top.has(name.toLowerCase()));
}
