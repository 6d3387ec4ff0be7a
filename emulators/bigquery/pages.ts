import { identifier } from './duckdb-types.ts';
import { invalid } from './errors.ts';
import { offsetOf, sizeOf } from './http.ts';
import type { Site } from './site.ts';
import type { Field } from './types.ts';
import { type CellOptions, type Row, rowWriter } from './values/to-cells.ts';

/** An answer ends before it has so many bytes of rows. */
const PAGE_BYTES = 10 * 1024 * 1024;

export interface PageOptions extends CellOptions {
  /** Rows to leave out. */
  readonly start: number;
  readonly most: number;
}

const FORMATS: readonly string[] = ['FLOAT64', 'INT64', 'ISO8601_STRING'];

/** What a request says of how it wants its rows. @throws BigQueryError 400 */
export function cellOptions(useInt64: unknown, format: unknown): CellOptions {
  const wanted = format || (String(useInt64) === 'true' ? 'INT64' : 'FLOAT64');
  if (!FORMATS.includes(String(wanted)))
    throw invalid(`Invalid value for formatOptions.timestampOutputFormat: ${wanted}`);
  return { timestamps: wanted as CellOptions['timestamps'] };
}

/** `startIndex`, `pageToken`, `maxResults` and `formatOptions` of a query string. @throws BigQueryError 400 */
export function pageOptions(query: URLSearchParams): PageOptions {
  const index = query.get('startIndex') ?? '0';
  if (!/^\d{1,15}$/.test(index)) throw invalid(`Invalid value for startIndex: ${index}`, 'startIndex');
  const token = query.get('pageToken');
  return {
    start: token ? offsetOf(token) : Number(index),
    most: sizeOf(query.get('maxResults')) ?? Number.MAX_SAFE_INTEGER,
    ...cellOptions(
      query.get('formatOptions.useInt64Timestamp'),
      query.get('formatOptions.timestampOutputFormat'),
    ),
  };
}

/**
 * One page of rows in the order they were put in: as many as are asked for, or as fit.
 * @param relation that DuckDB reads
 */
export async function readPage(
  { store }: Site,
  fields: readonly Field[],
  relation: string,
  { start, most, timestamps }: PageOptions,
): Promise<{ readonly rows: readonly Row[]; readonly next: number | undefined }> {
  const columns = fields.map(({ name }) => identifier(name)).join(', ');
  return store.engine.read(async connection => {
    const write = rowWriter(fields, { timestamps });
    // One more than asked for tells whether there is another page.
    const limit = most === Number.MAX_SAFE_INTEGER ? '' : `LIMIT ${most + 1}`;
    const result = await connection.stream(
      `SELECT ${columns} FROM ${relation} AS page ${limit} OFFSET ${start}`,
    );
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
