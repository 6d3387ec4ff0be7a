import type { Fields, Value } from '../../shared/events/firestore-values.ts';
import type { FieldType, SchemaField } from '../../shared/mirrors/mirror.ts';

/** By what is set in a value. A vector is a list of numbers when it comes from the client. */
const TYPES: readonly (readonly [key: keyof Value, type: FieldType])[] = [
  ['stringValue', 'string'],
  ['integerValue', 'number'],
  ['doubleValue', 'number'],
  ['booleanValue', 'boolean'],
  ['timestampValue', 'timestamp'],
  ['geoPointValue', 'geopoint'],
  ['referenceValue', 'reference'],
  ['arrayValue', 'array'],
  ['mapValue', 'map'],
  ['bytesValue', 'string'],
];

/**
 * The schema of documents, by what is found in some of them: fields in the order of their names. A field of several types, and a
 * map whose names are different in every document, is JSON; a field that is null wherever it is found is left out.
 */
export function inferSchema(documents: readonly Fields[]): SchemaField[] {
  const values = new Map<string, Value[]>();
  for (const fields of documents) {
    for (const [name, value] of Object.entries(fields))
      values.set(name, [...(values.get(name) ?? []), value]);
  }
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, found]) => {
      const field = fieldOf(name, found);
      return field ? [field] : [];
    });
}

/** A map with more names than this is taken for one that is keyed by data. */
const MOST_NAMES = 50;

function fieldOf(name: string, found: readonly Value[]): SchemaField | undefined {
  const types = new Set(found.flatMap(value => typeOf(value) ?? []));
  const [type, ...others] = types;
  if (type === undefined) return undefined;
  if (others.length > 0) return { name, type: 'json' };
  if (type !== 'map') return { name, type };
  const fields = inferSchema(found.flatMap(({ mapValue }) => (mapValue ? [mapValue.fields] : [])));
  return fields.length === 0 || fields.length > MOST_NAMES ? { name, type: 'json' } : { name, type, fields };
}

function typeOf(value: Value): FieldType | undefined {
  return TYPES.find(([key]) => value[key] !== undefined)?.[1];
}
