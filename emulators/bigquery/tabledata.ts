import type { DuckDBValue } from '@duckdb/node-api';
import { identifier } from './duckdb-types.ts';
import { BigQueryError, type ErrorProto, invalid, unimplemented } from './errors.ts';
import { type Call, type Handler, offsetOf, readText, sizeOf, tokenOf } from './http.ts';
import { booleanAt, isObject, type Json, parseBody } from './json.ts';
import { tableName } from './names.ts';
import { isView, relationOf } from './store.ts';
import { tableRefOf } from './tables.ts';
import type { Field } from './types.ts';
import { RowError } from './values/from-json.ts';
import { type Row, rowWriter } from './values/to-cells.ts';

const MOST_ROWS = 50_000;
/** A streamed row is billed as a kilobyte at least ({@link https://cloud.google.com/bigquery/pricing#data_ingestion_pricing}). */
const BILLED_ROW = 1024;
/** An answer ends before it has so many bytes of rows. */
const PAGE_BYTES = 10 * 1024 * 1024;

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
  const fresh = good.filter(
    ({ insertId }) => typeof insertId !== 'string' || insertId === '' || site.rows.isNew(table, insertId),
  );
  site.rows.streamed(table);
  await site.rows.add(
    table,
    fresh.map(({ values }) => values),
  );
  site.meter?.count('bigquery.insertedBytes', Math.max(text.length, items.length * BILLED_ROW));
  return { json: inserted(errors) };
};

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
  const start = query.get('pageToken') ? offsetOf(query.get('pageToken')) : startOf(query);
  const { rows, next } = await readPage(call, fields, name, start);
  const [[total] = []] = await site.store.engine.rows(`SELECT count(*) FROM ${name}`);
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

function startOf(query: URLSearchParams): number {
  const text = query.get('startIndex') ?? '0';
  if (!/^\d{1,15}$/.test(text)) throw invalid(`Invalid value for startIndex: ${text}`, 'startIndex');
  return Number(text);
}

/** One page of the rows of a table of DuckDB, in the order they were put in: as many as are asked for, or as fit. */
export async function readPage(
  { query, site }: Pick<Call, 'query' | 'site'>,
  fields: readonly Field[],
  table: string,
  start: number,
): Promise<{ rows: readonly Row[]; next: number | undefined }> {
  const useInt64Timestamp = (query.get('formatOptions.useInt64Timestamp') ?? 'false') === 'true';
  const most = sizeOf(query.get('maxResults')) ?? Number.MAX_SAFE_INTEGER;
  const columns = fields.map(({ name }) => identifier(name)).join(', ');
  return site.store.engine.read(async connection => {
    const write = rowWriter(fields, { useInt64Timestamp });
    // One more than asked for tells whether there is another page.
    const limit = most === Number.MAX_SAFE_INTEGER ? '' : `LIMIT ${most + 1}`;
    const result = await connection.stream(`SELECT ${columns} FROM ${table} ${limit} OFFSET ${start}`);
    const rows: Row[] = [];
    let bytes = 0;
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    )
      for (const values of chunk.getRows()) {
        const row = write(values);
        bytes += JSON.stringify(row).length;
        if (rows.length === most || (bytes > PAGE_BYTES && rows.length > 0))
          return { rows, next: start + rows.length };
        rows.push(row);
      }
    return { rows, next: undefined };
  });
}

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
