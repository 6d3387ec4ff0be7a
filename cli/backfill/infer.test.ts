import { describe, expect, it } from 'vitest';
import { fieldsOfClient } from '../../shared/mirrors/client-values.ts';
import { columnFaults } from '../../shared/mirrors/schema-views.ts';
import { inferSchema } from './infer.ts';

const infer = (...documents: object[]) => inferSchema(documents.map(fieldsOfClient));

describe('an inferred schema', () => {
  it('has the types that are found, in the order of names', () => {
    expect(infer({ b: 'x', a: 1 }, { a: 1.5, c: [1], d: { e: true } })).toEqual([
      { name: 'a', type: 'number' },
      { name: 'b', type: 'string' },
      { name: 'c', type: 'array' },
      { name: 'd', type: 'map', fields: [{ name: 'e', type: 'boolean' }] },
    ]);
  });

  it('takes a field of several types as JSON, and leaves out what is null everywhere', () => {
    expect(infer({ a: 1, b: null }, { a: 'x', b: null, c: null }, { c: 2 })).toEqual([
      { name: 'a', type: 'json' },
      { name: 'c', type: 'number' },
    ]);
  });

  it('takes a map that is keyed by data as JSON', () => {
    const keyed = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`user-${n}`, n]));
    expect(infer({ votes: keyed })).toEqual([{ name: 'votes', type: 'json' }]);
  });

  it('is one that a view can be made of', () => {
    expect(columnFaults(infer({ 'a b': 1, c: { d: { e: 'x' } } }))).toEqual([]);
  });
});
