import type { Column, ColumnType } from '../bigquery/tables.ts';

/** One property of a record and the column that holds it. */
export interface Field {
  readonly property: string;
  readonly column: Column;
  /** Of a record within the record. */
  readonly fields?: readonly Field[];
}

/** Columns of every table of events: what is known of an event whatever its record. */
export const OWN_COLUMNS: readonly Column[] = [
  { name: 'event_time', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When it happened' },
  {
    name: 'event_source',
    type: 'STRING',
    mode: 'REQUIRED',
    description: 'Where it is from; with the id it is the identity of the event',
  },
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED', description: 'Its id within the source' },
  { name: 'event_type', type: 'STRING', mode: 'NULLABLE', description: 'Its type as a CloudEvent' },
  { name: 'event_key', type: 'STRING', mode: 'NULLABLE', description: 'What the pipeline groups by' },
  {
    name: 'event_rest',
    type: 'JSON',
    mode: 'NULLABLE',
    description: 'What of the record no column can hold, in its place',
  },
];

/** What a record's schema may say, as far as columns are made of it. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

/** Keywords that say in a roundabout way what a value is: no column's type can be told from them. */
const ROUNDABOUT = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'patternProperties',
  'prefixItems',
];
/** {@link https://cloud.google.com/bigquery/docs/nested-repeated#limitations} is 15 levels; two are left for lists of records. */
const DEEPEST = 13;

/**
 * The columns of a record, by its JSON Schema. What has no type of its own, or several, is JSON; what is joined to the record is
 * too, since its columns are the reference file's.
 *
 * | schema | column |
 * |---|---|
 * | string; with format date-time | STRING; TIMESTAMP |
 * | integer, number, boolean | INTEGER, FLOAT, BOOLEAN |
 * | object with properties | RECORD |
 * | array of any of these | REPEATED |
 * | anything else | JSON |
 */
export function fieldsOf(schema: object, joined: readonly string[]): readonly Field[] {
  const taken = new Set(OWN_COLUMNS.map(({ name }) => name));
  const record = schema as Schema;
  const properties = isRoundabout(record) ? {} : (record.properties ?? {});
  const declared = Object.entries(properties).filter(([property]) => !joined.includes(property));
  return [
    ...collect(declared, taken, 1),
    ...collect(
      joined.map(property => [property, {}] as const),
      taken,
      1,
    ),
  ];
}

/** Properties whose column would bear the name of one that the table has already, and which one. */
export function clashesOf(schema: object): { readonly property: string; readonly column: string }[] {
  const { properties = {} } = schema as Schema;
  const taken = new Set(OWN_COLUMNS.map(({ name }) => name));
  return Object.keys(properties).flatMap(property => {
    const column = columnName(property);
    if (!taken.has(column.toLowerCase())) {
      taken.add(column.toLowerCase());
      return [];
    }
    return [{ property, column }];
  });
}

function collect(
  properties: readonly (readonly [string, Schema])[],
  taken: Set<string>,
  depth: number,
): Field[] {
  return properties.flatMap(([property, schema]) => {
    const name = columnName(property);
    // BigQuery knows names without regard to case. What comes second stays in event_rest.
    if (taken.has(name.toLowerCase())) return [];
    taken.add(name.toLowerCase());
    return [fieldOf(property, name, schema, depth)];
  });
}

function fieldOf(property: string, name: string, schema: Schema, depth: number): Field {
  const { description } = schema;
  const about = typeof description === 'string' ? { description: description.slice(0, 1024) } : {};
  const make = (type: ColumnType, mode: Column['mode'], fields?: readonly Field[]): Field => ({
    property,
    column: { name, type, mode, ...about, ...(fields && { fields: fields.map(({ column }) => column) }) },
    ...(fields && { fields }),
  });
  const type = typeOf(schema);
  if (type === 'array') {
    const items = schema.items ?? {};
    const of = typeOf(items);
    const inner = of === 'object' ? innerFields(items, depth + 1) : undefined;
    if (inner) return make('RECORD', 'REPEATED', inner);
    const scalar = scalarOf(of, items);
    return scalar ? make(scalar, 'REPEATED') : make('JSON', 'NULLABLE');
  }
  const inner = type === 'object' ? innerFields(schema, depth) : undefined;
  if (inner) return make('RECORD', 'NULLABLE', inner);
  return make(scalarOf(type, schema) ?? 'JSON', 'NULLABLE');
}

function innerFields(schema: Schema, depth: number): readonly Field[] | undefined {
  const properties = Object.entries(schema.properties ?? {});
  if (depth >= DEEPEST || properties.length === 0) return undefined;
  return collect(properties, new Set(), depth + 1);
}

/** The one type that a value has besides null. */
function typeOf(schema: Schema): string | undefined {
  if (isRoundabout(schema)) return undefined;
  if (schema.type === undefined && schema.enum?.every(value => typeof value === 'string')) return 'string';
  const types = [schema.type ?? []].flat().filter(type => type !== 'null');
  return types.length === 1 ? types[0] : undefined;
}

function scalarOf(type: string | undefined, { format }: Schema): ColumnType | undefined {
  if (type === 'string') return format === 'date-time' ? 'TIMESTAMP' : 'STRING';
  if (type === 'integer') return 'INTEGER';
  if (type === 'number') return 'FLOAT';
  return type === 'boolean' ? 'BOOLEAN' : undefined;
}

const isRoundabout = (schema: Schema): boolean => ROUNDABOUT.some(keyword => Object.hasOwn(schema, keyword));

/** {@link https://cloud.google.com/bigquery/docs/schemas#column_names} reserves some beginnings. */
function columnName(property: string): string {
  const name = property.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 300);
  return /^([0-9]|$)|^_(TABLE|FILE|PARTITION|ROW_TIMESTAMP|_ROOT|COLIDENTIFIER|CHANGE)/i.test(name)
    ? `c_${name}`.slice(0, 300)
    : name;
}

/**
 * The fields whose columns a table really has: one that was made before, with another type, cannot hold what is meant for it
 * now, and so its values go to event_rest.
 */
export function usable(fields: readonly Field[], present: readonly Column[]): readonly Field[] {
  const columns = new Map(present.map(column => [column.name.toLowerCase(), column]));
  return fields.flatMap(field => {
    const column = columns.get(field.column.name.toLowerCase());
    if (column?.type !== field.column.type || column.mode !== field.column.mode) return [];
    return [field.fields ? { ...field, fields: usable(field.fields, column.fields ?? []) } : field];
  });
}
