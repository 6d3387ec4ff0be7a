import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import { type Field, fieldsOf, usable } from '../../shared/warehouse/columns.ts';
import { rowOf } from './warehouse.ts';

const eventOf = (data: Record<string, unknown>, id = 'i'): PipelineEvent => ({
  specversion: '1.0',
  id,
  source: '/s',
  type: 't',
  time: '2026-01-01T00:00:00.000Z',
  partitionkey: 'k',
  data,
});

const SCHEMA = {
  type: 'object',
  properties: {
    text: { type: ['string', 'null'] },
    count: { type: 'integer' },
    share: { type: 'number' },
    yes: { type: 'boolean' },
    at: { type: 'string', format: 'date-time' },
    tags: { type: 'array', items: { type: 'string' } },
    place: { type: 'object', properties: { city: { type: 'string' }, zip: { type: 'integer' } } },
    parts: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
    anything: {},
    'odd name': { type: 'string' },
  },
};
const FIELDS = fieldsOf(SCHEMA, ['airport']);
const columnsOf = (data: Record<string, unknown>, fields: readonly Field[] = FIELDS) => {
  const { event_rest: rest, ...json } = rowOf('p', eventOf(data), fields).json;
  const own = Object.entries(json).filter(([name]) => !name.startsWith('event_'));
  return { ...Object.fromEntries(own), ...(rest !== undefined && { rest: JSON.parse(String(rest)) }) };
};

describe('the row of an event', () => {
  it('has the identity, time and key of the event', () => {
    const { insertId, json } = rowOf('p', eventOf({}), FIELDS);
    expect(json).toEqual({
      event_time: '2026-01-01T00:00:00.000Z',
      event_source: '/s',
      event_id: 'i',
      event_type: 't',
      event_key: 'k',
    });
    expect(rowOf('p', eventOf({ count: 1 }), []).insertId).toBe(insertId);
    expect(rowOf('p', eventOf({}, 'j'), FIELDS).insertId).not.toBe(insertId);
    expect(rowOf('q', eventOf({}), FIELDS).insertId).not.toBe(insertId);
  });

  it('has a column for each property', () => {
    const record = {
      text: 'a',
      count: 1,
      share: 0.5,
      yes: false,
      at: '2026-01-01T00:00:00.123456Z',
      tags: ['x', 'y'],
      place: { city: 'Wien', zip: 1010 },
      parts: [{ n: 1 }, { n: 2 }],
    };
    expect(columnsOf(record)).toEqual(record);
    expect(columnsOf({ anything: [1, { a: null }], airport: { city: 'Boston' }, 'odd name': 'b' })).toEqual({
      anything: '[1,{"a":null}]',
      airport: '{"city":"Boston"}',
      odd_name: 'b',
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a property that the schema does not name', { other: 1, count: 2 }, { count: 2, rest: { other: 1 } }],
    [
      'the same within a record',
      { place: { city: 'Wien', floor: 3 } },
      { place: { city: 'Wien' }, rest: { place: { floor: 3 } } },
    ],
    ['an integer that lost digits on its way', { count: 2 ** 60 }, { rest: { count: 2 ** 60 } }],
    [
      'a time to the nanosecond',
      { at: '2026-01-01T00:00:00.123456789Z' },
      { rest: { at: '2026-01-01T00:00:00.123456789Z' } },
    ],
    ['a list with nothing in a place', { tags: ['x', null] }, { rest: { tags: ['x', null] } }],
    [
      'a list of records of which one has more',
      { parts: [{ n: 1 }, { n: 2, m: 3 }] },
      { rest: { parts: [{ n: 1 }, { n: 2, m: 3 }] } },
    ],
    ['text in the place of a number', { count: '1' }, { rest: { count: '1' } }],
  ])('keeps beside its columns %s', (_, record, expected) => {
    expect(columnsOf(record)).toEqual(expected);
  });

  it('leaves out what is null: no column says the same', () => {
    expect(columnsOf({ text: null, place: null })).toEqual({});
  });

  it('keeps every value of a record, in a column or beside them', () => {
    // As events travel: JSON.stringify knows no negative zero.
    const value = fc.jsonValue({ maxDepth: 3 }).map(one => JSON.parse(JSON.stringify(one)) as unknown);
    const record = fc.dictionary(
      fc.oneof(fc.constantFrom(...Object.keys(SCHEMA.properties)), fc.string({ maxLength: 4 })),
      value,
      {
        maxKeys: 8,
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(
        record.filter(one => !Object.hasOwn(one, '__proto__')),
        data => {
          const { event_rest: rest, ...json } = rowOf('p', eventOf(data), FIELDS).json;
          const back = merge(backFrom(json, FIELDS), rest === undefined ? {} : JSON.parse(String(rest)));
          expect(back).toEqual(withoutNulls(data, FIELDS));
        },
      ),
    );
  });

  it('has nothing in a column that was made with another type before', () => {
    const fields = usable(FIELDS, [
      { name: 'count', type: 'STRING', mode: 'NULLABLE' },
      { name: 'TEXT', type: 'STRING', mode: 'NULLABLE' },
      {
        name: 'place',
        type: 'RECORD',
        mode: 'NULLABLE',
        fields: [{ name: 'city', type: 'STRING', mode: 'NULLABLE' }],
      },
    ]);
    expect(columnsOf({ count: 1, text: 'a', place: { city: 'Wien', zip: 1 } }, fields)).toEqual({
      text: 'a',
      place: { city: 'Wien' },
      rest: { count: 1, place: { zip: 1 } },
    });
  });
});

type Json = Record<string, unknown>;

/** The record that a row's columns hold. */
function backFrom(json: Json, fields: readonly Field[]): Json {
  return Object.fromEntries(
    fields.flatMap(({ property, column, fields: inner }) => {
      const held = json[column.name];
      if (held === undefined) return [];
      if (column.type === 'JSON') return [[property, JSON.parse(String(held))]];
      if (inner && column.mode === 'REPEATED')
        return [[property, (held as Json[]).map(one => backFrom(one, inner))]];
      return [[property, inner ? backFrom(held as Json, inner) : held]];
    }),
  );
}

function merge(columns: Json, rest: Json): Json {
  const both = Object.entries(rest).map(([property, value]) => {
    const held = columns[property];
    return [property, held === undefined ? value : merge(held as Json, value as Json)];
  });
  return { ...columns, ...Object.fromEntries(both) };
}

/** Null and nothing are the same in a column. */
function withoutNulls(record: Json, fields: readonly Field[]): Json {
  return Object.fromEntries(
    Object.entries(record).flatMap(([property, value]) => {
      if (value === null) return [];
      const field = fields.find(one => one.property === property);
      const inner = field?.fields;
      if (!inner) return [[property, value]];
      const isMap = typeof value === 'object' && !Array.isArray(value);
      if (field.column.mode !== 'REPEATED')
        return [[property, isMap ? withoutNulls(value as Json, inner) : value]];
      return [[property, Array.isArray(value) ? listWithoutNulls(value, inner) : value]];
    }),
  );
}

/** Only where the whole list went into its column. */
function listWithoutNulls(list: unknown[], inner: readonly Field[]): unknown[] {
  const row = rowOf('p', eventOf({ parts: list }), FIELDS).json;
  return row['parts'] === undefined ? list : list.map(one => withoutNulls(one as Json, inner));
}
