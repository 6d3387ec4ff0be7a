import { canonicalType } from './duckdb-types.ts';
import { invalid, unimplemented } from './errors.ts';
import { isObject, type Json, textAt } from './json.ts';
import { defaultProblem } from './sql/default-value.ts';
import type { Field, Mode } from './types.ts';

/** {@link https://cloud.google.com/bigquery/docs/schemas#column_names} */
const NAME = /^[\p{L}\p{M}_][\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#| ]*$/u;
const RESERVED = [
  '_PARTITION',
  '_TABLE_',
  '_FILE_',
  '_ROW_TIMESTAMP',
  '__ROOT__',
  '_COLIDENTIFIER',
  '_CHANGE_',
];
const MODES: readonly string[] = ['NULLABLE', 'REQUIRED', 'REPEATED'];
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(['INTERVAL', 'RANGE', 'FOREIGN']);
const DEEPEST = 15;

/** The fields of a schema as a client sends it. @throws BigQueryError 400, or 501 for a type that is not kept here */
export function readFields(value: unknown, parent = ''): Field[] {
  if (!Array.isArray(value)) throw invalid('Invalid schema: expected fields to be a list', 'schema');
  if (parent.split('.').length > DEEPEST)
    throw invalid(`Nested records are deeper than ${DEEPEST} levels: ${parent}`);
  const fields = value.map(json => readField(json, parent));
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalid(`Field ${parent}${name} already exists in schema`);
    seen.add(key);
  }
  return fields;
}

function readField(json: unknown, parent: string): Field {
  if (!isObject(json)) throw invalid('Invalid schema: expected a field to be an object', 'schema');
  const name = textAt(json, 'name') ?? '';
  const path = `${parent}${name}`;
  if (!NAME.test(name) || name.length > 300)
    throw invalid(
      `Invalid field name "${path}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    );
  if (RESERVED.some(prefix => name.toUpperCase().startsWith(prefix)))
    throw invalid(
      `Invalid field name "${path}". Field names are not allowed to start with the (case-insensitive) prefixes ${RESERVED.join(', ')}`,
    );
  const given = textAt(json, 'type');
  if (given === undefined) throw invalid(`Field ${path} is missing type.`);
  const type = canonicalType(given);
  if (type === undefined) {
    if (KNOWN_ELSEWHERE.has(given.toUpperCase())) throw unimplemented(`The type ${given} of field ${path}`);
    throw invalid(`Invalid value for type: ${given} is not a valid value`, path);
  }
  const mode = (textAt(json, 'mode') ?? 'NULLABLE').toUpperCase();
  if (!MODES.includes(mode)) throw invalid(`Invalid value for mode: ${mode} is not a valid value`, path);
  const members = type === 'RECORD' ? readFields(json['fields'] ?? [], `${path}.`) : undefined;
  if (members?.length === 0) throw invalid(`Field ${path} is type RECORD but has no schema`);
  const field: Field = { name, type, mode: mode as Mode, ...(members && { fields: members }) };
  return {
    ...field,
    ...fallbackOf(json, field, parent),
    ...optional(json, 'description'),
    ...optional(json, 'maxLength'),
    ...optional(json, 'precision'),
    ...optional(json, 'scale'),
  };
}

/** {@link https://cloud.google.com/bigquery/docs/default-values} */
function fallbackOf(json: Json, field: Field, parent: string): Partial<Field> {
  const text = textAt(json, 'defaultValueExpression');
  if (text === undefined) return {};
  const path = `${parent}${field.name}`;
  if (parent !== '')
    throw invalid(
      `Default value of field ${path}: only a whole column may have one, give it to ${parent.split('.')[0]}`,
    );
  const problem = defaultProblem(field, text);
  if (problem?.reason === 'unsupported') throw unimplemented(`The default value ${text} of field ${path}`);
  if (problem) throw invalid(`Invalid default value expression of field ${path}: ${problem.message}`, path);
  return { defaultValueExpression: text };
}

function optional(json: Json, name: 'description' | 'maxLength' | 'precision' | 'scale'): Partial<Field> {
  const value = json[name];
  return value === undefined || value === null ? {} : { [name]: String(value) };
}
