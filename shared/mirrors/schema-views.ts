import type { Told, YamlPath } from '../yaml/checked.ts';
import type { FieldType, SchemaField } from './mirror.ts';

/** A column of a schema view: its name and the expression that takes it out of the JSON in `data`. */
export interface Column {
  readonly name: string;
  readonly sql: string;
  readonly description?: string;
}

const value = (path: string): string => `JSON_VALUE(data, ${path})`;
const within = (path: string, name: string): string => quoted(`${path.slice(1, -1)}.${name}`);

/** One column, or several, of each type; `path` is a JSONPath as an SQL literal. */
const COLUMNS: Readonly<
  Record<Exclude<FieldType, 'map'>, (name: string, path: string) => readonly (readonly [string, string])[]>
> = {
  string: (name, path) => [[name, value(path)]],
  reference: (name, path) => [[name, value(path)]],
  number: (name, path) => [[name, `SAFE_CAST(${value(path)} AS FLOAT64)`]],
  boolean: (name, path) => [[name, `SAFE_CAST(${value(path)} AS BOOL)`]],
  timestamp: (name, path) => {
    const part = (of: string) => `SAFE_CAST(${value(within(path, of))} AS INT64)`;
    return [[name, `TIMESTAMP_MICROS(${part('_seconds')} * 1000000 + DIV(${part('_nanoseconds')}, 1000))`]];
  },
  geopoint: (name, path) => [
    [`${name}_latitude`, `SAFE_CAST(${value(within(path, '_latitude'))} AS FLOAT64)`],
    [`${name}_longitude`, `SAFE_CAST(${value(within(path, '_longitude'))} AS FLOAT64)`],
  ],
  array: (name, path) => [[name, `JSON_QUERY_ARRAY(data, ${path})`]],
  json: (name, path) => [[name, `JSON_QUERY(data, ${path})`]],
  stringified_map: (name, path) => [[name, `JSON_QUERY(data, ${path})`]],
  null: (name, path) => [[name, value(path)]],
};

/** The columns of a schema view; those of a map's fields bear its name before theirs. */
export function columnsOf(fields: readonly SchemaField[]): Column[] {
  return collect(fields, '', '$').map(({ name, sql, description }) => ({
    name,
    sql,
    ...(description !== undefined && { description }),
  }));
}

interface Found extends Column {
  readonly path: YamlPath;
}

function collect(
  fields: readonly SchemaField[],
  prefix: string,
  path: string,
  at: YamlPath = ['fields'],
): Found[] {
  return fields.flatMap((field, index) => {
    const name = `${prefix}${field.column_name ?? safe(field.name)}`;
    const inside = `${path}.${segment(field.name)}`;
    const here = [...at, index];
    if (field.type === 'map') return collect(field.fields ?? [], `${name}_`, inside, [...here, 'fields']);
    return COLUMNS[field.type](name, quoted(inside)).map(([column, sql]) => ({
      name: column,
      sql,
      path: here,
      ...(field.description !== undefined && { description: field.description }),
    }));
  });
}

/** Columns that a view always has: those of the mirror itself. */
const OWN = ['document_name', 'document_id', 'timestamp', 'operation', 'event_id', 'path_params'];

/** Columns that would bear the same name, in BigQuery's sense: without regard to case. */
export function columnFaults(fields: readonly SchemaField[]): (Told & { readonly path: YamlPath })[] {
  const seen = new Set(OWN);
  return collect(fields, '', '$').flatMap(({ name, path }) => {
    const key = name.toLowerCase();
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const what = `another column of the view is named "${name}" already`;
    return [{ path, what, mend: 'give it another column_name' }];
  });
}

/** A field's name as a column's. */
const safe = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');

/** A name in a JSONPath: in double quotes unless it is a plain one. */
function segment(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** An SQL literal. */
const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
