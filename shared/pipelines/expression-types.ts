import type { ExpressionType, Types } from '../expressions/types.ts';
import { type FieldType, fieldsOf } from '../streams/aggregations/fields.ts';
import type { ReferenceTables } from './check-joins.ts';
import { isText, listOf, mapOf, type Unchecked } from './fault.ts';
import { measuredOf } from './measures.ts';
import { ROUNDABOUT, typesOf } from './record-schema.ts';

const SCALARS: Readonly<Record<string, ExpressionType>> = {
  number: 'number',
  integer: 'number',
  string: 'text',
  boolean: 'bool',
};

/** What a condition on events may refer to. */
export function eventTypes(source: Unchecked, tables: ReferenceTables): Types {
  return {
    data: dataType(source, tables),
    key: 'text',
    time: 'time',
    source: 'text',
    id: 'text',
  };
}

/** What a condition on the keys of a window may refer to: `key`, `count`, each measure, and a session's times. */
export function keyTypes(window: Unchecked): Types {
  const measures = [...measuredOf(window)].map(([name, aggregation]): [string, ExpressionType] => {
    const fields = Object.entries(fieldsOf(aggregation)).map(([field, type]) => [field, SHOWN[type]]);
    return [name, { fields: Object.fromEntries(fields) as Types }];
  });
  const times: Types = Object.hasOwn(window, 'session') ? { start: 'time', end: 'time' } : {};
  return { key: 'text', count: 'number', ...times, ...Object.fromEntries(measures) };
}

const SHOWN: Readonly<Record<FieldType, ExpressionType>> = {
  number: 'number',
  'number?': 'any',
  'scalar?': 'any',
  'text?': 'any',
  list: { list: 'any' },
};

/** The record as the schema says, and the rows that are joined. */
function dataType(source: Unchecked, tables: ReferenceTables): ExpressionType {
  const own = typeOf(source['schema']);
  if (typeof own === 'string' || !('fields' in own)) return 'any';
  const rows = listOf(source['join']).flatMap((item): [string, ExpressionType][] => {
    const join = mapOf(item);
    const table = tables.get(String(join['reference']));
    if (!isText(join['as']) || !table || 'unreadable' in table) return [];
    return [[join['as'], { fields: Object.fromEntries(table.columns.map(column => [column, 'text'])) }]];
  });
  return { fields: { ...own.fields, ...Object.fromEntries(rows) } };
}

/** As far as `type`, `properties` and `items` say; what may be of several types, or null, may be anything. */
function typeOf(schema: unknown): ExpressionType {
  const node = mapOf(schema);
  if (ROUNDABOUT.some(keyword => Object.hasOwn(node, keyword))) return 'any';
  const properties = mapOf(node['properties']);
  const types = new Set((typesOf(node) ?? (node['properties'] ? ['object'] : [])).map(plain));
  const [type] = types;
  if (type === undefined || types.size > 1) return 'any';
  if (type === 'array') return { list: Object.hasOwn(node, 'prefixItems') ? 'any' : typeOf(node['items']) };
  if (type !== 'object') return SCALARS[type] ?? 'any';
  if (node['additionalProperties'] || Object.keys(properties).length === 0) return 'any';
  const fields = Object.entries(properties).map(([name, inner]) => [name, typeOf(inner)]);
  return { fields: Object.fromEntries(fields) as Types };
}

const plain = (type: string): string => (type === 'integer' ? 'number' : type);
