import fc from 'fast-check';
import type { Fields, Value } from '../../shared/events/firestore-values.ts';
import type { WireFilter } from '../firestore/query/wire.ts';

/** One value, as rules write it and as documents hold it. Whole floats are left out: a query finds them by an int too. */
const VALUES: readonly (readonly [string, Value])[] = [
  ['0', { integerValue: '0' }],
  ['1', { integerValue: '1' }],
  ['2', { integerValue: '2' }],
  ['1.5', { doubleValue: 1.5 }],
  ["'x'", { stringValue: 'x' }],
  ["'y'", { stringValue: 'y' }],
  ['null', { nullValue: 0 }],
  ['true', { booleanValue: true }],
];
const value = fc.constantFrom(...VALUES);
const literal = value.map(([text]) => text);
const field = fc.constantFrom('a', 'b', 'm.k');
const literals = fc.array(literal, { minLength: 1, maxLength: 3 }).map(list => `[${list.join(', ')}]`);

const atom: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(field, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), literal)
    .map(([name, operator, text]) => `resource.data.${name} ${operator} ${text}`),
  fc
    .tuple(literal, fc.constantFrom('==', '<', '>='), field)
    .map(([text, operator, name]) => `${text} ${operator} resource.data.${name}`),
  fc.tuple(field, literals).map(([name, list]) => `(resource.data.${name} in ${list})`),
  fc.tuple(literal, fc.constantFrom('tags', 'a')).map(([text, name]) => `(${text} in resource.data.${name})`),
  literals.map(list => `resource.data.tags.hasAny(${list})`),
  fc.constantFrom('a', 'm', 'tags').map(name => `('${name}' in resource.data)`),
  fc.constantFrom('hasAll', 'hasOnly', 'hasAny').map(method => `resource.data.keys().${method}(['a', 'b'])`),
  fc
    .tuple(fc.constantFrom("'a'", "['m', 'k']"), literal, literal)
    .map(([key, other, text]) => `resource.data.get(${key}, ${other}) == ${text}`),
  fc
    .constantFrom('int', 'string', 'list', 'map')
    .chain(type => field.map(name => `resource.data.${name} is ${type}`)),
  fc.constantFrom(
    "id == 'd0'",
    "resource.id == 'd1'",
    'resource.data.size() == 1',
    "resource.data == {'a': 1}",
    'resource.data.m != null',
    'resource.data.a == resource.data.b',
  ),
);
/** A condition of `match /t/{id}`; not all of them load. */
export const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('condition').map(inner => `!(${inner})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

/** The fields of a document. */
export const document: fc.Arbitrary<Fields> = fc
  .record(
    {
      a: value.map(([, stored]) => stored),
      b: value.map(([, stored]) => stored),
      m: value.map(([, stored]): Value => ({ mapValue: { fields: { k: stored } } })),
      tags: fc
        .array(
          value.map(([, stored]) => stored),
          { maxLength: 2 },
        )
        .map((values): Value => ({ arrayValue: { values } })),
    },
    { requiredKeys: [] },
  )
  .map(fields => fields as Fields);

const filterOn = (fieldPath: string, op: number, operand: Value): WireFilter => ({
  fieldFilter: { field: { fieldPath }, op, value: operand },
});
const list = fc
  .array(
    value.map(([, stored]) => stored),
    { minLength: 1, maxLength: 3 },
  )
  .map((values): Value => ({ arrayValue: { values } }));
const oneFilter: fc.Arbitrary<WireFilter> = fc.oneof(
  fc
    .tuple(field, fc.constantFrom(1, 2, 3, 4, 5, 5, 5, 6), value)
    .map(([name, op, [, stored]]) => filterOn(name, op, stored)),
  fc.tuple(fc.constantFrom('tags', 'a'), value).map(([name, [, stored]]) => filterOn(name, 7, stored)),
  fc.tuple(field, fc.constantFrom(8, 10), list).map(([name, op, stored]) => filterOn(name, op, stored)),
  list.map(stored => filterOn('tags', 9, stored)),
  fc
    .tuple(field, fc.constantFrom(3, 5))
    .map(([fieldPath, op]) => ({ unaryFilter: { field: { fieldPath }, op } })),
);
/** The filter of a query. */
export const where: fc.Arbitrary<WireFilter> = fc
  .tuple(fc.constantFrom(1, 2), fc.array(oneFilter, { minLength: 1, maxLength: 3 }))
  .map(([op, filters]) => ({ compositeFilter: { op, filters } }));
