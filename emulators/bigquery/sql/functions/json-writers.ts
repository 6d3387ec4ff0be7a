import { identifier, literal } from '../../duckdb-types.ts';
import { arrayOf, duckdbTypeOf, fieldName, JSON_TYPE, scalar, type Type } from '../data-types.ts';
import { refuse, unsupported } from '../errors.ts';
import { readPath } from '../json-path.ts';
import { combine, isNull, type Value } from '../value.ts';
import { letIn, variable } from '../write.ts';
import type { Writer, Written } from './writers.ts';

/** A path has to be known beforehand, and is looked at then. */
function checkedPath(path: Value, name: string): string {
  const text = path.literal?.value;
  if (text === undefined)
    return refuse(path.at, `${name}: JSONPath must be a string literal or query parameter`);
  try {
    readPath(text);
  } catch (error) {
    refuse(path.at, (error as Error).message);
  }
  return literal(text);
}

const withPath = (
  { at, name, args, type }: Written,
  write: (value: string, path: string, json: boolean) => string,
): Value => {
  const [value, path] = args.map(arg => arg.value!);
  return combine(at, type, write(value!.sql, checkedPath(path!, name), value!.type.kind === 'JSON'), [
    value!,
  ]);
};

const SCALARS: Readonly<Record<string, (sql: string, wide: boolean) => string>> = {
  STRING: sql => `bq_json_of_string(${sql})`,
  BOOL: sql => `CAST(${sql} AS VARCHAR)`,
  INT64: (sql, wide) => `bq_json_of_int64(${sql}, ${wide})`,
  FLOAT64: (sql, wide) => `bq_json_of_float64(${sql}, ${!wide})`,
  NUMERIC: sql => `bq_json_of_numeric(bq_numeric_string(${sql}))`,
  BYTES: sql => `bq_json_of_bytes(${sql})`,
  DATE: sql => `bq_json_of_date(date_diff('day', DATE '1970-01-01', ${sql}))`,
  TIME: sql => `bq_json_of_time(epoch_us(${sql}))`,
  DATETIME: sql => `bq_json_of_datetime(epoch_us(${sql}), '')`,
  TIMESTAMP: sql => `bq_json_of_datetime(epoch_us(${sql}), 'Z')`,
  JSON: sql => `CAST(${sql} AS VARCHAR)`,
};

/** DuckDB text of a value's JSON text. `wide`: integers beyond 2⁵³ become text. */
function jsonText(at: number, type: Type, sql: string, wide: boolean): string {
  if (type.kind === 'ARRAY') {
    const name = variable(sql);
    const items = `list_transform(${sql}, lambda ${name}: ${jsonText(at, type.element, name, wide)})`;
    return `coalesce('[' || array_to_string(${items}, ',') || ']', 'null')`;
  }
  if (type.kind === 'STRUCT') {
    const members = type.fields.map(
      (field, index) =>
        `${literal(`${index === 0 ? '' : ','}${JSON.stringify(fieldName(field, index))}:`)} || ${jsonText(at, field.type, `${sql}.${identifier(fieldName(field, index))}`, wide)}`,
    );
    return `CASE WHEN ${sql} IS NULL THEN 'null' ELSE '{' || ${members.join(' || ')} || '}' END`;
  }
  const write = SCALARS[type.kind];
  if (!write) return unsupported(at, `JSON of a value of type ${type.kind}`);
  return `coalesce(${write(sql, wide)}, 'null')`;
}

/** The value is written once, though its text names it for each of its fields. */
const jsonOf = (value: Value, wide: boolean): Value =>
  letIn([value], ([bound]) =>
    combine(
      value.at,
      scalar('STRING'),
      isNull(value) ? `'null'` : jsonText(value.at, value.type, bound!.sql, wide),
      [bound!],
    ),
  );

const asJson = (sql: string): string => `bq_parse_json(${sql})::JSON`;

export const JSON_WRITERS: Readonly<Record<string, Writer>> = {
  jsonQuery: written =>
    withPath(
      written,
      (value, path, json) => `bq_json_query(${value}, ${path}, ${json})${json ? '::JSON' : ''}`,
    ),
  jsonValue: written => withPath(written, (value, path) => `bq_json_value(${value}, ${path})`),
  jsonQueryArray: written =>
    withPath(written, (value, path, json) => {
      const sql = `bq_json_query_array(${value}, ${path}, ${json})`;
      return json ? `CAST(${sql} AS ${duckdbTypeOf(arrayOf(JSON_TYPE))})` : sql;
    }),
  jsonValueArray: written => withPath(written, (value, path) => `bq_json_value_array(${value}, ${path})`),
  toJson: ({ at, args, type }) => {
    const text = jsonOf(args[0]!.value!, false);
    return combine(at, type, asJson(text.sql), [text]);
  },
  toJsonString: ({ at, args, type }) => ({ ...jsonOf(args[0]!.value!, true), at, type }),
  jsonArray: ({ at, args, type }) => {
    const items = args.map(({ value }) => jsonOf(value!, false));
    return combine(
      at,
      type,
      asJson(`'[' || ${items.map(({ sql }) => sql).join(` || ',' || `) || `''`} || ']'`),
      items,
    );
  },
  jsonObject: ({ at, args, type }) => {
    if (args.length % 2 === 1) unsupported(at, 'JSON_OBJECT of arrays');
    const parts = args.map(({ value }, index) => {
      if (index % 2 === 0 && value!.type.kind !== 'STRING')
        refuse(value!.at, 'A key of JSON_OBJECT must be a STRING');
      return jsonOf(value!, false);
    });
    const members = Array.from(
      { length: parts.length / 2 },
      (_, index) => `${parts[2 * index]!.sql} || ':' || ${parts[2 * index + 1]!.sql}`,
    );
    return combine(at, type, asJson(`'{' || ${members.join(` || ',' || `) || `''`} || '}'`), parts);
  },
};
