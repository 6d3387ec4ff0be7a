import { expect, it } from 'vitest';
import { createTyper } from './typed.ts';

const typed = createTyper({
  properties: {
    n: { type: 'number' },
    i: { type: ['null', 'integer'] },
    b: { type: 'boolean' },
    t: { type: 'string' },
  },
});

it('cells get the type that the schema names', () => {
  expect(typed({ n: ' 1.5e3', i: '-7', b: 'TRUE', t: '12', x: '3' })).toEqual({
    n: 1500,
    i: -7,
    b: true,
    t: '12',
    x: '3',
  });
});

it('an empty cell of a typed column is missing, an empty text is a text', () => {
  expect(typed({ n: '', i: '', b: '', t: '' })).toEqual({ t: '' });
});

it('a cell that does not read as its type stays text, for the schema to refuse', () => {
  expect(typed({ n: '1,5', i: 'Infinity', b: 'yes', t: '' })).toEqual({
    n: '1,5',
    i: 'Infinity',
    b: 'yes',
    t: '',
  });
});

it('a column named __proto__ is a column', () => {
  const record = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
  expect(Object.keys(typed(record) as object)).toEqual(['__proto__']);
});
