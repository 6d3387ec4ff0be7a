import { canonicalType } from '../duckdb-types.ts';
import { invalid, required } from '../errors.ts';
import { isObject, type Json, objectAt, textAt } from '../json.ts';
import type { Scope } from '../sql/translate.ts';
import type { Field, ParameterValue, TypedParameter } from '../types.ts';

/** The parameters of a query ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter}). @throws BigQueryError 400 */
export function parametersOf(configuration: Json): Scope['parameters'] {
  const given = configuration['queryParameters'] ?? [];
  if (!Array.isArray(given) || !given.every(isObject))
    throw invalid('Invalid value for queryParameters: expected a list of parameters');
  const mode = textAt(configuration, 'parameterMode')?.toUpperCase();
  const isNamed = mode === undefined ? given.some(({ name }) => Boolean(name)) : mode === 'NAMED';
  if (!isNamed) return { positional: given.map((json, at) => parameter(json, String(at + 1))) };
  const named = new Map<string, TypedParameter>();
  for (const json of given) {
    const name = textAt(json, 'name');
    if (!name) throw required('queryParameters.name');
    named.set(name, parameter(json, name));
  }
  return { named };
}

function parameter(json: Json, name: string): TypedParameter {
  const type = typeOf(objectAt(json, 'parameterType'), name);
  return { type, value: readValue(type, objectAt(json, 'parameterValue') ?? {}, name) };
}

function typeOf(json: Json | undefined, name: string): Field {
  const given = json && textAt(json, 'type');
  if (given === undefined) throw required(`parameterType of the query parameter ${name}`);
  if (given.toUpperCase() === 'ARRAY') {
    const item = typeOf(objectAt(json!, 'arrayType'), name);
    if (item.mode === 'REPEATED') throw invalid(`Query parameter ${name} is an array of arrays`);
    return { ...item, mode: 'REPEATED' };
  }
  const type = canonicalType(given);
  if (type === undefined) throw invalid(`Invalid type of the query parameter ${name}: ${given}`);
  if (type !== 'RECORD') return { name: '', type, mode: 'NULLABLE' };
  const members = json!['structTypes'];
  if (!Array.isArray(members) || !members.every(isObject))
    throw invalid(`Query parameter ${name} is a struct without structTypes`);
  const fields = members.map(member => ({
    ...typeOf(objectAt(member, 'type'), name),
    name: textAt(member, 'name') ?? '',
  }));
  return { name: '', type, mode: 'NULLABLE', fields };
}

function readValue(type: Field, json: Json, name: string): ParameterValue {
  if (type.mode === 'REPEATED') {
    const items = json['arrayValues'] ?? [];
    if (!Array.isArray(items) || !items.every(isObject))
      throw invalid(`Query parameter ${name}: expected arrayValues to be a list`);
    return items.map(item => readValue({ ...type, mode: 'NULLABLE' }, item, name));
  }
  if (type.type === 'RECORD') {
    const members = objectAt(json, 'structValues');
    if (!members) return null;
    return Object.fromEntries(
      (type.fields ?? []).map(field => [
        field.name,
        readValue(field, objectAt(members, field.name) ?? {}, name),
      ]),
    );
  }
  const value = json['value'];
  return value === undefined || value === null ? null : String(value);
}
