import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, formatDouble, parseDecimal } from './decimals.ts';
import { formatDate, ROW_TIMES, SQL_TIMES } from './times.ts';

const { formatDatetime, formatTime, parseDate, parseDatetime, parseTime, parseTimestamp } = ROW_TIMES;

describe('dates and times', () => {
  it('are what Date says they are, on every day that there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), day => {
        const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect([parseDate(text), formatDate(day)]).toEqual([day, text]);
      }),
      { numRuns: 2000 },
    );
  });

  it('come back to the microsecond', () => {
    const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(micros, instant => {
        const text = formatDatetime(instant);
        expect([parseDatetime(text), parseTimestamp(`${text}Z`)]).toEqual([instant, instant]);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 86_399_999_999n }), time => {
        expect(parseTime(formatTime(time))).toBe(time);
      }),
    );
  });

  it.each([
    ['2024-02-29', 1_709_164_800_000_000n],
    ['2024-2-9 1:02', 1_707_440_520_000_000n],
    ['2024-02-29 12:00:00.5 UTC', 1_709_208_000_500_000n],
    ['2024-02-29T12:00:00+02:00', 1_709_200_800_000_000n],
    ['2024-02-29T12:00:00-0030', 1_709_209_800_000_000n],
    ['2024-02-29T12:00:00.123456000Z', 1_709_208_000_123_456n],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000n],
  ])('%s is a timestamp', (text, instant) => {
    expect(parseTimestamp(text)).toBe(instant);
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2024-00-01',
    '2024-13-01',
    '2024-04-31',
    '0000-01-01',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01T00:00:00.1234567Z',
    '2024-01-01T00:00:00+15:00',
    '0001-01-01T00:00:00+01:00',
    '2024-01-01 00:00:00 Europe/Berlin',
    'yesterday',
    '',
  ])('%j is none', text => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('dates and times of GoogleSQL', () => {
  it.each([
    [' 2024-02-29 12:00:00+02 ', 1_709_200_800_000_000n],
    ['2024-07-01 12:00:00 Europe/Berlin', 1_719_828_000_000_000n],
    ['2024-07-01', 1_719_784_800_000_000n],
    ['2024-07-01 02:00:00.5z', 1_719_799_200_500_000n],
    ['13-7-1 00:00:00Z', -61_741_267_200_000_000n],
    // Clocks of that night go from 2 to 3.
    ['2024-03-31 02:30:00', 1_711_848_600_000_000n],
  ])('%j is a timestamp, in Berlin where it says nothing else', (text, instant) => {
    expect(SQL_TIMES.parseTimestamp(text, 'Europe/Berlin')).toBe(instant);
  });

  it.each(['2024-07-01 12:00', '2024-07-01 12:00:00 Z', '2024-07-01 12:00:00 +15:00', '2024-07-01 Nowhere'])(
    '%j is none',
    text => {
      expect(SQL_TIMES.parseTimestamp(text, 'UTC')).toBeUndefined();
    },
  );

  it('are written with as many threes of digits as they need', () => {
    expect([0n, 1n, 1000n].map(SQL_TIMES.formatDatetime)).toEqual([
      '1970-01-01 00:00:00',
      '1970-01-01 00:00:00.000001',
      '1970-01-01 00:00:00.001',
    ]);
  });
});

describe('decimals', () => {
  it('come back as they were, without trailing zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }), scaled => {
        expect(parseDecimal(formatDecimal(scaled, 9), 9)).toBe(scaled);
      }),
    );
    expect(
      ['1.50', '-0.000000001', '1e3', '.5', '100'].map(text => formatDecimal(parseDecimal(text, 9)!, 9)),
    ).toEqual(['1.5', '-0.000000001', '1000', '0.5', '100']);
  });

  it.each(['0.0000000001', '1e-10', '100000000000000000000000000000', 'x', '', '.', '1.2.3', 'NaN'])(
    '%j does not fit, and is never rounded',
    text => {
      expect(parseDecimal(text, 9)).toBeUndefined();
    },
  );

  it('are rounded where that is wanted, halves away from zero', () => {
    const rounded = ['0.0000000015', '-25e-10', '1e-10', `${'9'.repeat(29)}.9999999995`].map(text =>
      parseDecimal(text, 9, 'ROUNDED'),
    );
    expect(rounded).toEqual([2n, -3n, 0n, undefined]);
  });

  it('of doubles are written as the service does', () => {
    expect([1, 0.1, -0, 1e7, 1.5e-7, 123_456.789, NaN, Infinity].map(formatDouble)).toEqual([
      '1.0',
      '0.1',
      '-0.0',
      '1.0E7',
      '1.5E-7',
      '123456.789',
      'NaN',
      'Infinity',
    ]);
  });
});
