import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['10s', 10],
    ['5m', 300],
    ['1h', 3600],
    ['7d', 604_800],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    '',
    '10',
    's',
    '-1s',
    '1.5h',
    '10 s',
    '10S',
    '10ms',
    '1h30m',
    ' 10s',
    '10s\n',
    '1000000000s',
    '٣s',
  ])('refuses %j and says what it wants', text => {
    expect(() => parseDuration(text)).toThrow(
      `"${text}" is no duration. Expected a whole number and one of the units s, m, h, d, such as 10s`,
    );
  });

  it('counts a unit as often as the number says', () => {
    const unit = fc.constantFrom(['s', 1], ['m', 60], ['h', 3600], ['d', 86_400]) as fc.Arbitrary<
      [string, number]
    >;
    fc.assert(
      fc.property(fc.nat(999_999_999), unit, (count, [name, seconds]) => {
        expect(parseDuration(`${count}${name}`)).toBe(count * seconds);
      }),
    );
  });
});
