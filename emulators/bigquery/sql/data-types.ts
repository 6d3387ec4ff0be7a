import { identifier } from '../duckdb-types.ts';
import type { Field, FieldType } from '../types.ts';
import type { TypeName } from './ast.ts';
import { refuse, unsupported } from './errors.ts';

export type ScalarKind =
  | 'BOOL'
  | 'INT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'FLOAT64'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'TIMESTAMP'
  | 'INTERVAL'
  | 'JSON'
  | 'GEOGRAPHY';

/** The type of a value. A struct's field without a name is one of an anonymous tuple. */
export type Type =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'ARRAY'; readonly element: Type }
  | { readonly kind: 'STRUCT'; readonly fields: readonly StructField[] };

export interface StructField {
  readonly name?: string;
  readonly type: Type;
}

interface ScalarNames {
  readonly field: FieldType | undefined;
  readonly duckdb: string;
}

const SCALARS: Readonly<Record<ScalarKind, ScalarNames>> = {
  BOOL: { field: 'BOOLEAN', duckdb: 'BOOLEAN' },
  INT64: { field: 'INTEGER', duckdb: 'BIGINT' },
  NUMERIC: { field: 'NUMERIC', duckdb: 'DECIMAL(38,9)' },
  BIGNUMERIC: { field: 'BIGNUMERIC', duckdb: 'DECIMAL(38,18)' },
  FLOAT64: { field: 'FLOAT', duckdb: 'DOUBLE' },
  STRING: { field: 'STRING', duckdb: 'VARCHAR' },
  BYTES: { field: 'BYTES', duckdb: 'BLOB' },
  DATE: { field: 'DATE', duckdb: 'DATE' },
  DATETIME: { field: 'DATETIME', duckdb: 'TIMESTAMP' },
  TIME: { field: 'TIME', duckdb: 'TIME' },
  TIMESTAMP: { field: 'TIMESTAMP', duckdb: 'TIMESTAMPTZ' },
  INTERVAL: { field: undefined, duckdb: 'INTERVAL' },
  JSON: { field: 'JSON', duckdb: 'JSON' },
  GEOGRAPHY: { field: 'GEOGRAPHY', duckdb: 'VARCHAR' },
};

const ALIASES: Readonly<Record<string, ScalarKind>> = {
  BOOLEAN: 'BOOL',
  INT: 'INT64',
  SMALLINT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
};

export const scalar = (kind: ScalarKind): Type => ({ kind });
export const BOOL = scalar('BOOL');
export const INT64 = scalar('INT64');
export const FLOAT64 = scalar('FLOAT64');
export const NUMERIC = scalar('NUMERIC');
export const STRING = scalar('STRING');
export const BYTES = scalar('BYTES');
export const DATE = scalar('DATE');
export const DATETIME = scalar('DATETIME');
export const TIME = scalar('TIME');
export const TIMESTAMP = scalar('TIMESTAMP');
export const INTERVAL = scalar('INTERVAL');
export const JSON_TYPE = scalar('JSON');
export const arrayOf = (element: Type): Type => ({ kind: 'ARRAY', element });

/** The kind that a name of a scalar type stands for, in capitals. */
export function scalarKind(name: string): ScalarKind | undefined {
  if (Object.hasOwn(SCALARS, name)) return name as ScalarKind;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** Resolves a type as written. Throws Refusal. */
export function resolveType(written: TypeName): Type {
  const { at, name, element, fields } = written;
  if (element) {
    if (element.name === 'ARRAY') refuse(at, 'Arrays of arrays are not supported');
    return arrayOf(resolveType(element));
  }
  if (fields)
    return { kind: 'STRUCT', fields: fields.map(field => ({ ...field, type: resolveType(field.type) })) };
  if (name === 'RANGE' || name === 'GEOGRAPHY') unsupported(at, `The type ${name}`);
  const kind = scalarKind(name) ?? refuse(at, `Type not found: ${name}`);
  return scalar(kind);
}

/** The type of a column as SQL sees it. */
export function typeOfField(field: Pick<Field, 'type' | 'mode' | 'fields'>): Type {
  const one: Type =
    field.type === 'RECORD'
      ? {
          kind: 'STRUCT',
          fields: (field.fields ?? []).map(inner => ({ name: inner.name, type: typeOfField(inner) })),
        }
      : scalar(KINDS.get(field.type)!);
  return field.mode === 'REPEATED' ? arrayOf(one) : one;
}

const KINDS: ReadonlyMap<FieldType, ScalarKind> = new Map(
  (Object.keys(SCALARS) as ScalarKind[]).flatMap(kind => {
    const { field } = SCALARS[kind];
    return field ? [[field, kind] as const] : [];
  }),
);

/** A column of a result as the REST API describes it. Throws Refusal for a type that no column can have. */
export function fieldOfType(at: number, name: string, type: Type): Field {
  if (type.kind === 'ARRAY') {
    const inner = fieldOfType(at, name, type.element);
    if (inner.mode === 'REPEATED') refuse(at, 'Arrays of arrays are not supported');
    return { ...inner, mode: 'REPEATED' };
  }
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((field, index) => fieldOfType(at, fieldName(field, index), field.type));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  const { field } = SCALARS[type.kind];
  if (field === undefined) unsupported(at, `A column of type ${type.kind}`);
  return { name, type: field!, mode: 'NULLABLE' };
}

/** What a struct's field is called in DuckDB and in a result; tuples count from 1. */
export const fieldName = ({ name }: StructField, index: number): string => name ?? `_field_${index + 1}`;

export function duckdbTypeOf(type: Type): string {
  if (type.kind === 'ARRAY') return `${duckdbTypeOf(type.element)}[]`;
  if (type.kind !== 'STRUCT') return SCALARS[type.kind].duckdb;
  const fields = type.fields.map(
    (field, index) => `${identifier(fieldName(field, index))} ${duckdbTypeOf(field.type)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}

/** As BigQuery names a type in its errors. */
export function typeName(type: Type): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeName(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind;
  return `STRUCT<${type.fields.map(({ name, type: inner }) => (name ? `${name} ${typeName(inner)}` : typeName(inner))).join(', ')}>`;
}

/** Whether values of both types are interchangeable; the names of struct fields do not matter. */
export function sameType(a: Type, b: Type): boolean {
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameType(a.element, b.element);
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT')
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, index) => sameType(field.type, b.fields[index]!.type))
    );
  return a.kind === b.kind;
}

/** Whether `=` and `<` are defined; JSON and arrays are never compared. */
export function isComparable(type: Type): boolean {
  if (type.kind === 'STRUCT') return type.fields.every(({ type: inner }) => isComparable(inner));
  return (
    type.kind !== 'ARRAY' && type.kind !== 'JSON' && type.kind !== 'GEOGRAPHY' && type.kind !== 'INTERVAL'
  );
}

export const isOrderable = (type: Type): boolean => isComparable(type) && type.kind !== 'STRUCT';

/** Whether rows can be grouped by it or made distinct. */
export function isGroupable(type: Type): boolean {
  if (type.kind === 'STRUCT') return type.fields.every(({ type: inner }) => isGroupable(inner));
  if (type.kind === 'ARRAY') return isGroupable(type.element);
  return isComparable(type);
}
