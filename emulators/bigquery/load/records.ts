import { splitLine } from '../../../shared/csv/csv.ts';
import { isObject, type Json, parseExact } from '../json.ts';
import type { Field } from '../types.ts';
import { RowError } from '../values/from-json.ts';
import { linesOf, type Source } from './source.ts';

/** A record of a file, or what is wrong with it. */
export type Item = Json | RowError;

/** One JSON object a line. */
export async function* jsonRecords(source: Source): AsyncGenerator<Item> {
  for await (const line of linesOf(source)) {
    if (line.trim() === '') continue;
    try {
      const value = parseExact(line.trim());
      yield isObject(value) ? value : new RowError('', 'Expected an object in each line');
    } catch (error) {
      yield new RowError('', `JSON parsing error: ${(error as Error).message}`);
    }
  }
}

/** {@link https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-csv#csv-options} */
export interface CsvOptions {
  readonly delimiter: string;
  readonly skip: number;
  readonly allowQuotedNewlines: boolean;
  readonly allowJaggedRows: boolean;
  readonly ignoreUnknown: boolean;
  readonly nullMarker: string | undefined;
}

/** The cells of each line, those of the skipped ones too. */
export async function* csvCells(
  source: Source,
  { delimiter, allowQuotedNewlines }: Pick<CsvOptions, 'delimiter' | 'allowQuotedNewlines'>,
): AsyncGenerator<string[] | RowError> {
  let cells: string[] = [];
  let open: string | undefined;
  let first = true;
  for await (const line of linesOf(source)) {
    const text = first ? line.replace(/^\uFEFF/, '') : line;
    first = false;
    if (open === undefined && text.trim() === '') continue;
    const row = { cells, open };
    const split = splitLine(text, delimiter, row);
    if (split === 'open') {
      if (!allowQuotedNewlines) {
        yield new RowError(
          '',
          'Missing close quote character ("), or a quoted line break without allowQuotedNewlines',
        );
        [cells, open] = [[], undefined];
      } else [cells, open] = [row.cells, row.open];
      continue;
    }
    yield split === 'malformed'
      ? new RowError('', 'Data between close quote character (") and field separator.')
      : row.cells;
    [cells, open] = [[], undefined];
  }
  if (open !== undefined) yield new RowError('', 'Missing close quote character (").');
}

/** The records of a CSV, by the columns of a schema in their order. */
export async function* csvRecords(
  source: Source,
  fields: readonly Field[],
  options: CsvOptions,
): AsyncGenerator<Item> {
  let line = 0;
  for await (const cells of csvCells(source, options)) {
    if (line++ < options.skip) continue;
    yield cells instanceof RowError ? cells : csvRecord(cells, fields, options);
  }
}

function csvRecord(cells: readonly string[], fields: readonly Field[], options: CsvOptions): Item {
  if (cells.length < fields.length && !options.allowJaggedRows)
    return new RowError(
      '',
      `CSV table references column position ${cells.length}, but line contains only ${cells.length} columns.`,
    );
  if (cells.length > fields.length && !options.ignoreUnknown)
    return new RowError(
      '',
      `Too many values in line. Found ${cells.length} column(s) while expected ${fields.length}`,
    );
  const record: Record<string, string | null> = {};
  for (const [at, { name, type }] of fields.entries()) {
    const cell = cells[at];
    const isText = type === 'STRING' || type === 'BYTES';
    const isNull =
      cell === undefined ||
      (options.nullMarker === undefined ? cell === '' && !isText : cell === options.nullMarker);
    record[name] = isNull ? null : cell;
  }
  return record;
}
