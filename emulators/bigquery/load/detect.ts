import { isObject, type Json } from '../json.ts';
import type { Field, FieldType } from '../types.ts';
import { RowError } from '../values/from-json.ts';
import { ROW_TIMES } from '../values/times.ts';
import { type CsvOptions, csvCells, jsonRecords } from './records.ts';
import type { Source } from './source.ts';

/** As many rows as the service looks at ({@link https://cloud.google.com/bigquery/docs/schema-detect}). */
const LOOKED_AT = 500;

/** The type of a text, the narrowest that it can have. */
function typeOfText(text: string): FieldType {
  if (/^(?:true|false)$/i.test(text)) return 'BOOLEAN';
  if (/^[+-]?\d{1,18}$/.test(text)) return 'INTEGER';
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return 'FLOAT';
  if (ROW_TIMES.parseDate(text) !== undefined) return 'DATE';
  if (ROW_TIMES.parseTime(text) !== undefined) return 'TIME';
  if (/(?:[Zz]|UTC|[+-]\d{2}:?\d{2})$/.test(text) && ROW_TIMES.parseTimestamp(text) !== undefined)
    return 'TIMESTAMP';
  if (ROW_TIMES.parseDatetime(text) !== undefined) return 'DATETIME';
  return 'STRING';
}

/** What holds both. */
function together(a: FieldType | undefined, b: FieldType): FieldType {
  if (a === undefined || a === b) return b;
  const pair = new Set([a, b]);
  if (pair.has('INTEGER') && pair.has('FLOAT')) return 'FLOAT';
  return 'STRING';
}

/** Columns of NDJSON by its first rows. */
export async function detectJson(source: Source): Promise<Field[]> {
  const found = new Map<string, Guess>();
  let count = 0;
  for await (const item of jsonRecords(source)) {
    if (!(item instanceof RowError)) learn(found, item);
    if (++count === LOOKED_AT) break;
  }
  return fieldsOf(found);
}

interface Guess {
  type: FieldType | undefined;
  repeated: boolean;
  readonly members: Map<string, Guess>;
}

function learn(found: Map<string, Guess>, record: Json): void {
  for (const [name, value] of Object.entries(record)) {
    let guess = found.get(name);
    if (!guess) {
      guess = { type: undefined, repeated: false, members: new Map() };
      found.set(name, guess);
    }
    if (Array.isArray(value)) guess.repeated = true;
    for (const item of Array.isArray(value) ? value : [value]) learnValue(guess, item);
  }
}

function learnValue(guess: Guess, value: unknown): void {
  if (value === null) return;
  if (isObject(value)) {
    guess.type = guess.type === undefined || guess.type === 'RECORD' ? 'RECORD' : 'STRING';
    learn(guess.members, value);
  } else if (typeof value === 'boolean') guess.type = together(guess.type, 'BOOLEAN');
  else if (typeof value === 'number')
    guess.type = together(guess.type, Number.isInteger(value) ? 'INTEGER' : 'FLOAT');
  else guess.type = together(guess.type, typeOfText(String(value)));
}

const fieldsOf = (found: ReadonlyMap<string, Guess>): Field[] =>
  [...found].map(([name, { type, repeated, members }]) => ({
    name,
    type: type ?? 'STRING',
    mode: repeated ? 'REPEATED' : 'NULLABLE',
    ...(type === 'RECORD' && { fields: fieldsOf(members) }),
  }));

/** Columns of a CSV by its first lines, and how many of these are a header. */
export async function detectCsv(
  source: Source,
  options: CsvOptions,
): Promise<{ readonly fields: Field[]; readonly skip: number }> {
  const lines: string[][] = [];
  for await (const cells of csvCells(source, options)) {
    if (!(cells instanceof RowError)) lines.push(cells);
    if (lines.length === LOOKED_AT + options.skip) break;
  }
  const isTyped = (cells: readonly string[]): boolean => cells.some(cell => typeOfText(cell) !== 'STRING');
  const body = lines.slice(Math.max(1, options.skip));
  const [first = []] = lines;
  // A line of names stands above lines of values.
  const skip = options.skip > 0 ? options.skip : !isTyped(first) && body.some(isTyped) ? 1 : 0;
  const names = skip > 0 ? (lines[skip - 1] ?? []) : [];
  const rows = lines.slice(skip);
  const width = Math.max(names.length, ...rows.map(cells => cells.length));
  const fields = Array.from({ length: width }, (_, at): Field => {
    const type = rows
      .map(cells => cells[at] ?? '')
      .filter(cell => cell !== '' && cell !== options.nullMarker)
      .map(typeOfText)
      .reduce<FieldType | undefined>(together, undefined);
    const kept = type ?? 'STRING';
    const name = names[at]
      ?.trim()
      .replace(/\W/g, '_')
      .replace(/^(?=\d)/, '_');
    return { name: name || `${kept.toLowerCase()}_field_${at}`, type: kept, mode: 'NULLABLE' };
  });
  return { fields, skip };
}
