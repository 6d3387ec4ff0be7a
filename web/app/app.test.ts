import { expect, test } from 'vitest';
import { namesOf } from './granted.ts';
import { linkTo, routeOf } from './route.ts';

test.each([
  [['*'], false, ['a', 'b']],
  [[], true, ['a', 'b']],
  [['b'], false, ['b']],
  [['b', 'new'], false, ['b', 'new']],
  [[], false, []],
  [undefined, false, []],
  [[1, null, ''], false, []],
])('who is granted %j, operator: %j, may look at %j', (grants, operator, names) => {
  expect(namesOf(grants, operator, ['a', 'b'])).toEqual(names);
});

test('an address names pipeline and view, and leads somewhere whatever it says', () => {
  expect(routeOf(linkTo('ä/b', 'alerts'))).toEqual({ pipeline: 'ä/b', view: 'alerts' });
  expect(routeOf('')).toEqual({ pipeline: undefined, view: 'overview' });
  expect(routeOf('#/%E0%A4%A/nowhere')).toEqual({ pipeline: undefined, view: 'overview' });
});
