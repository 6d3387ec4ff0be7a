import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { castPairs, castScalar } from './conversions.ts';
import { type ScalarKind, scalar } from './data-types.ts';
import { AGGREGATES, CHAPTERS, WINDOWS } from './functions/index.ts';
import { WRITERS } from './functions/writers.ts';
import { NATIVES } from './native/register.ts';
import { PAGE, page } from './readme.ts';

const overloads = [...CHAPTERS.map(([, table]) => table), AGGREGATES, WINDOWS].flatMap(table =>
  [...table.values()].flat(),
);
const known = new Set(NATIVES.map(({ name }) => name));
const casts = castPairs().map(pair => {
  const [from, to] = pair.split('>') as [ScalarKind, ScalarKind];
  return castScalar(scalar(from), scalar(to), 'x')!;
});

it('describes the subset as the tables have it: node emulators/bigquery/sql/readme.ts', () => {
  const written = readFileSync(PAGE, 'utf8');
  expect(written).toBe(page(written));
});

it('calls no function of ours that is not there', () => {
  const called = [...overloads.map(({ template }) => template), ...casts].flatMap(
    text => text.match(/bq_\w+/g) ?? [],
  );
  expect(called.filter(name => !known.has(name))).toEqual([]);
  expect(called.length).toBeGreaterThan(100);
});

it('names no writer that is not there, and has none that no row names', () => {
  const named = new Set(
    overloads.filter(({ template }) => template.startsWith('@')).map(({ template }) => template.slice(1)),
  );
  expect([...named].toSorted()).toEqual(Object.keys(WRITERS).toSorted());
});
