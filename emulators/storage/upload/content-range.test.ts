import { expect, it } from 'vitest';
import { parseContentRange } from './content-range.ts';

it.each([
  [undefined, { kind: 'bytes', start: 0, end: undefined, total: undefined }],
  ['bytes */*', { kind: 'status', total: undefined }],
  ['bytes */12', { kind: 'status', total: 12 }],
  ['bytes 0-*/*', { kind: 'bytes', start: 0, end: undefined, total: undefined }],
  ['bytes 5-*/12', { kind: 'bytes', start: 5, end: undefined, total: 12 }],
  ['bytes 5-11/12', { kind: 'bytes', start: 5, end: 12, total: 12 }],
  ['bytes 5-11/*', { kind: 'bytes', start: 5, end: 12, total: undefined }],
  ['bytes 0--1/0', { kind: 'bytes', start: 0, end: 0, total: 0 }],
])('the Content-Range %s is %o', (header, expected) => {
  expect(parseContentRange(header)).toEqual(expected);
});

it.each([
  '',
  'bytes',
  'bytes 5-3/12',
  'bytes 0-12/12',
  'bytes 13-*/12',
  'bytes 0-1',
  'lines 0-1/2',
  'bytes a-b/c',
])('the Content-Range "%s" is refused', header => {
  expect(() => parseContentRange(header)).toThrow(/Content-Range/);
});
