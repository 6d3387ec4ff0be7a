import { describe, expect, it } from 'vitest';
import { withMissing } from '../bigquery/tables.ts';
import { clashesOf, fieldsOf } from './columns.ts';

const typesOf = (schema: object, joined: string[] = []): Record<string, string> =>
  Object.fromEntries(
    fieldsOf(schema, joined).map(({ column }) => [
      column.name,
      `${column.type}${column.mode === 'REPEATED' ? ' REPEATED' : ''}${column.fields ? ` of ${column.fields.map(({ name, type }) => `${name} ${type}`).join(', ')}` : ''}`,
    ]),
  );

describe('the columns of a record', () => {
  it('are made of its JSON Schema', () => {
    const properties = {
      a: { type: 'string' },
      b: { type: ['integer', 'null'] },
      c: { type: 'number' },
      d: { type: 'boolean' },
      e: { type: 'string', format: 'date-time' },
      f: { enum: ['x', 'y'] },
      g: { type: 'array', items: { type: 'number' } },
      h: { type: 'object', properties: { i: { type: 'string' } } },
      j: { type: 'array', items: { type: 'object', properties: { k: { type: 'integer' } } } },
    };
    expect(typesOf({ properties })).toEqual({
      a: 'STRING',
      b: 'INTEGER',
      c: 'FLOAT',
      d: 'BOOLEAN',
      e: 'TIMESTAMP',
      f: 'STRING',
      g: 'FLOAT REPEATED',
      h: 'RECORD of i STRING',
      j: 'RECORD REPEATED of k INTEGER',
    });
  });

  it('are JSON where no one type is said', () => {
    const properties = {
      a: {},
      b: { type: ['string', 'number'] },
      c: { type: 'object' },
      d: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
      e: { type: 'string', anyOf: [{}] },
      f: { type: 'array' },
    };
    expect(new Set(Object.values(typesOf({ properties })))).toEqual(new Set(['JSON']));
    expect(typesOf({ oneOf: [{}], properties })).toEqual({});
    expect(typesOf({ properties: {} }, ['airport'])).toEqual({ airport: 'JSON' });
  });

  it('bear names that BigQuery takes', () => {
    const properties = {
      'a-b': { type: 'string' },
      '1st': { type: 'string' },
      _PARTITIONTIME: { type: 'string' },
    };
    expect(Object.keys(typesOf({ properties }))).toEqual(['a_b', 'c_1st', 'c__PARTITIONTIME']);
  });

  it('of which two would bear one name are a clash', () => {
    const properties = { id: {}, ID: {}, event_time: {}, 'a-b': {}, a_b: {} };
    expect(clashesOf({ properties })).toEqual([
      { property: 'ID', column: 'ID' },
      { property: 'event_time', column: 'event_time' },
      { property: 'a_b', column: 'a_b' },
    ]);
    expect(Object.keys(typesOf({ properties }))).toEqual(['id', 'a_b']);
  });

  it('are as deep as BigQuery takes', () => {
    let schema: object = { type: 'string' };
    for (let depth = 0; depth < 30; depth++) schema = { type: 'object', properties: { a: schema } };
    let [field] = fieldsOf(schema, []);
    let depth = 0;
    while (field?.fields) {
      field = field.fields[0];
      depth++;
    }
    expect([depth, field?.column.type]).toEqual([12, 'JSON']);
  });
});

describe('a table', () => {
  const a = { name: 'a', type: 'STRING', mode: 'NULLABLE' } as const;
  const b = { name: 'b', type: 'INTEGER', mode: 'REQUIRED' } as const;

  it('that has all columns stays as it is, whatever their types', () => {
    const present = [a, { ...b, type: 'STRING' as const }];
    expect(withMissing(present, [b, { ...a, name: 'A' }])).toBe(present);
  });

  it('gets missing columns at its end, which older rows need not have', () => {
    expect(withMissing([a], [b, a])).toEqual([a, { ...b, mode: 'NULLABLE' }]);
  });

  it('gets missing columns within records, and loses none', () => {
    const record = { name: 'r', type: 'RECORD', mode: 'NULLABLE', fields: [a] } as const;
    expect(withMissing([record, a], [{ ...record, fields: [b] }])).toEqual([
      { ...record, fields: [a, { ...b, mode: 'NULLABLE' }] },
      a,
    ]);
  });
});
