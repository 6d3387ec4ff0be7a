import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Mirror, paramsOf } from './mirror.ts';
import { changelogRow, microsOf, microsOfText, rfc3339, sequenceOf } from './rows.ts';

const mirror: Mirror = {
  name: 'm',
  collection: 'rooms/{room}/messages',
  group: false,
  dataset: 'd',
  table: 't',
  oldData: true,
  pathParams: true,
  clustering: [],
  schemas: [],
};

describe('a mirror', () => {
  it.each([
    ['rooms/a/messages/1', { room: 'a' }],
    ['rooms/a b/messages/1 ', { room: 'a b' }],
    ['rooms/a', undefined],
    ['rooms/a/others/1', undefined],
    ['rooms/a/messages/1/likes/2', undefined],
  ])('of a path knows whether %s belongs to it', (path, params) => {
    expect(paramsOf(mirror, path)).toEqual(params);
  });

  it.each([
    ['messages/1', {}],
    ['rooms/a/messages/1', {}],
    ['rooms/a/messages/1/likes/2', undefined],
  ])('of a collection group knows whether %s belongs to it', (path, params) => {
    expect(paramsOf({ ...mirror, group: true, collection: 'messages' }, path)).toEqual(params);
  });

  const change = {
    name: 'projects/p/databases/(default)/documents/rooms/a/messages/1',
    eventId: 'e',
    operation: 'UPDATE',
    time: 1_700_000_000_123_456,
    stateTime: 1_700_000_000_123_456,
    data: '{"a":1}',
    oldData: '{}',
  } as const;

  it('writes rows with the columns of firestore-bigquery-export', () => {
    expect(changelogRow(mirror, change)).toEqual({
      timestamp: '2023-11-14T22:13:20.123456Z',
      event_id: 'e',
      document_name: change.name,
      document_id: '1',
      operation: 'UPDATE',
      data: '{"a":1}',
      old_data: '{}',
      path_params: '{"room":"a"}',
    });
  });

  it('leaves out the columns that it has not', () => {
    const row = changelogRow({ ...mirror, oldData: false, pathParams: false }, change);
    expect(row).not.toHaveProperty('old_data');
    expect(row).not.toHaveProperty('path_params');
  });
});

describe('times', () => {
  it('are kept to the microsecond, in all forms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_135_596_800, max: 9_000_000_000 }),
        fc.nat(999_999),
        (seconds, micros) => {
          const time = microsOf({ seconds: String(seconds), nanos: micros * 1000 });
          expect(microsOfText(rfc3339(time))).toBe(time);
        },
      ),
    );
  });

  it.each([
    ['2026-01-01T00:00:00Z', 1_767_225_600_000_000],
    ['2026-01-01T00:00:00.5Z', 1_767_225_600_500_000],
    ['2026-01-01T00:00:00.123456789Z', 1_767_225_600_123_456],
    ['2026-01-01T01:00:00.123+01:00', 1_767_225_600_123_000],
  ])('are read from %s', (text, micros) => expect(microsOfText(text)).toBe(micros));

  it('that are none are refused', () => expect(() => microsOfText('today')).toThrow(/no time in RFC 3339/));
});

describe('the sequence number', () => {
  /** As BigQuery's documentation says: section by section, as hexadecimal numbers. */
  const compare = (a: string, b: string): number => {
    const [one, other] = [a, b].map(text => text.split('/').map(part => BigInt(`0x${part}`)));
    const at = one!.findIndex((part, index) => part !== other![index]);
    return at < 0 ? 0 : one![at]! < other![at]! ? -1 : 1;
  };
  const of = (stateTime: number, operation: 'IMPORT' | 'UPDATE' = 'UPDATE') =>
    sequenceOf({ name: '', eventId: '', time: 0, stateTime, operation, data: '', oldData: undefined });

  it('orders by time', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const [one, other] = [Math.abs(a), Math.abs(b)];
        expect(compare(of(one), of(other))).toBe(Math.sign(one - other));
      }),
    );
  });

  it('puts an import below the live change of the same state, and above all earlier ones', () => {
    expect(compare(of(5, 'IMPORT'), of(5))).toBe(-1);
    expect(compare(of(5, 'IMPORT'), of(4))).toBe(1);
  });

  it('has the form that BigQuery takes', () =>
    expect(of(1_700_000_000_123_456)).toMatch(/^[0-9a-f]{1,16}\/[01]$/));
});
