import { expect, it } from 'vitest';
import { parseRange } from './range.ts';

const CASES: readonly (readonly [string | undefined, number, ReturnType<typeof parseRange>])[] = [
  [undefined, 10, undefined],
  ['bytes=0-0', 10, { start: 0, end: 0 }],
  ['bytes=2-5', 10, { start: 2, end: 5 }],
  ['bytes=2-', 10, { start: 2, end: 9 }],
  ['bytes=2-99', 10, { start: 2, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-99', 10, { start: 0, end: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=5-2', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=1-2,4-5', 10, undefined],
  ['lines=1-2', 10, undefined],
  ['bytes=a-b', 10, undefined],
];

it.each(CASES)('the range %s of %i bytes is %o', (header, size, expected) => {
  expect(parseRange(header, size)).toEqual(expected);
});
