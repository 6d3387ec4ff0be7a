import fc from 'fast-check';
import { expect, it } from 'vitest';
import { millisOfText } from './time.ts';

const iso = fc.date({ noInvalidDate: true }).map(date => date.toISOString());
const broken = fc
  .tuple(iso, fc.nat({ max: 26 }), fc.constantFrom('', '9', ':', 'T', '/', '-', ' ', '٣'))
  .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));

it('reads times as Date.parse does, in whatever form, also what is none', () => {
  const others = fc.constantFrom(
    '',
    '2026-11-21',
    '2026-11-21T13:00:00Z',
    '2026-02-30T00:00:00.000Z',
    'never',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(iso, broken, others, fc.string())), times => {
      expect(times.map(millisOfText)).toEqual(times.map(time => Date.parse(time)));
    }),
    { numRuns: 10_000 },
  );
});
