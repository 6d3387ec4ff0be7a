import { literal } from '../../duckdb-types.ts';
import { arrayOf, duckdbTypeOf, STRING } from '../data-types.ts';
import { refuse, unsupported } from '../errors.ts';
import { combine, type Value } from '../value.ts';
import type { Writer } from './writers.ts';

/** Capturing groups of a regular expression: `(`, neither escaped, nor in a class, nor followed by `?` (but `(?P<`). */
function groupsIn(pattern: string): number {
  const plain = pattern.replace(/\\./gs, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  return (plain.match(/\((?!\?)|\(\?P?</g) ?? []).length;
}

/** The regular expression's group that counts: the only one, or the whole match. */
function groupOf(pattern: Value, name: string): number {
  const text = pattern.literal?.value;
  if (text === undefined)
    return unsupported(pattern.at, `${name} with a regular expression that is no literal`);
  const groups = groupsIn(text);
  if (groups > 1)
    refuse(pattern.at, `Regular expression ${JSON.stringify(text)} has more than one capturing group`);
  return groups;
}

const guard = (safe: boolean, sql: string): string => (safe ? `try(${sql})` : sql);

export const TEXT_WRITERS: Readonly<Record<string, Writer>> = {
  concatenation: ({ at, args, type }) => {
    const values = args.map(({ value }) => value!);
    return combine(at, type, `(${values.map(({ sql }) => sql).join(' || ')})`, values);
  },
  normalization: ({ at, args, type }) => {
    const [text, mode] = args;
    if (!['NFC', 'NFD', 'NFKC', 'NFKD'].includes(mode!.part!))
      refuse(mode!.at, `Invalid normalization mode: ${mode!.part}`);
    return combine(at, type, `bq_normalize(${text!.value!.sql}, '${mode!.part}')`, [text!.value!]);
  },
  regexpExtract: ({ at, name, args, type, safe }) => {
    const [text, pattern] = args.map(({ value }) => value!);
    const group = groupOf(pattern!, name);
    // DuckDB has the empty string for no match, BigQuery NULL.
    const sql = `regexp_extract_all(${text!.sql}, ${pattern!.sql}, ${group})[1]`;
    return combine(at, type, guard(safe, sql), [text!, pattern!]);
  },
  regexpExtractAll: ({ at, name, args, safe }) => {
    const [text, pattern] = args.map(({ value }) => value!);
    const sql = `regexp_extract_all(${text!.sql}, ${pattern!.sql}, ${groupOf(pattern!, name)})`;
    return combine(at, arrayOf(STRING), guard(safe, sql), [text!, pattern!]);
  },
  regexpReplace: ({ at, args, type, safe }) => {
    const [text, pattern, replacement] = args.map(({ value }) => value!);
    return combine(
      at,
      type,
      guard(safe, `regexp_replace(${text!.sql}, ${pattern!.sql}, ${replacement!.sql}, 'g')`),
      [text!, pattern!, replacement!],
    );
  },
  regexpInstr: ({ at, name }) => unsupported(at, `The function ${name}`),
  format: ({ at, args, type, safe }) => {
    const [format, ...values] = args.map(({ value }) => value!);
    if (format!.literal?.type !== 'STRING')
      unsupported(format!.at, 'FORMAT with a format that is no literal');
    const items = values.map(value => {
      if (value.type.kind === 'ARRAY' || value.type.kind === 'STRUCT' || value.type.kind === 'JSON')
        unsupported(value.at, `FORMAT of a value of type ${value.type.kind}`);
      return formatArgument(value);
    });
    const kinds = values.map(value => value.type.kind);
    const sql = `bq_format(${format!.sql}, CAST([${items.join(', ')}] AS VARCHAR[]), ${literal(kinds.join(','))})`;
    return combine(at, type, guard(safe, sql), [format!, ...values]);
  },
};

/** FORMAT gets its arguments as text that keeps every digit. */
function formatArgument({ type, sql }: Value): string {
  if (type.kind === 'FLOAT64') return `bq_float_string(${sql})`;
  if (type.kind === 'DATE') return `bq_date_string(date_diff('day', DATE '1970-01-01', ${sql}))`;
  if (type.kind === 'DATETIME') return `bq_datetime_string(epoch_us(${sql}))`;
  if (type.kind === 'TIMESTAMP') return `bq_timestamp_string(epoch_us(${sql}), 'UTC')`;
  if (type.kind === 'TIME') return `bq_time_string(epoch_us(${sql}))`;
  if (type.kind === 'NUMERIC') return `bq_numeric_string(${sql})`;
  if (type.kind === 'BYTES') return `bq_bytes_to_string(${sql})`;
  return `CAST(${sql} AS ${duckdbTypeOf(STRING)})`;
}
