import { isDeepStrictEqual } from 'node:util';
import type { Difference, Fields } from './example.ts';

type At = readonly (string | number)[];

/**
 * One value against what an example says of it; objects may have more fields than it names.
 * @param whose what the value is of, for people: ` of the record`
 */
export function compare(
  path: At,
  name: string,
  actual: unknown,
  expected: unknown,
  whose = '',
): Difference[] {
  if (isFields(expected) && isFields(actual)) {
    return Object.entries(expected).flatMap(([field, value]) =>
      compare(
        [...path, field],
        `${name}.${field}`,
        Object.hasOwn(actual, field) ? actual[field] : undefined,
        value,
        whose,
      ),
    );
  }
  if (isDeepStrictEqual(actual, expected)) return [];
  return [{ path, what: `${name}${whose} is ${show(actual)}; the example says ${show(expected)}` }];
}

export function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
