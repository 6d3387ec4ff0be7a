import { expect, test } from 'vitest';
import { applyTransforms, type FieldTransform } from './transforms.ts';
import type { Value } from './types.ts';

const int = (integerValue: string): Value => ({ integerValue });
const double = (doubleValue: number): Value => ({ doubleValue });
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

/** What the transform makes of the stored value, and what it answers. */
function outcome(stored: Value | undefined, transform: FieldTransform): { value: Value; result: Value } {
  const before: Record<string, Value> = stored ? { a: stored } : {};
  const { fields, results } = applyTransforms(
    before,
    [{ fieldPath: 'a', ...transform }],
    1_700_000_000_123_456,
  );
  return { value: fields['a']!, result: results[0]! };
}

test.each<[string, Value | undefined, FieldTransform, Value]>([
  ['integers add up exactly', int('9007199254740993'), { increment: int('2') }, int('9007199254740995')],
  ['a sum above 64 bits stops at the greatest', int(MAX), { increment: int('1') }, int(MAX)],
  ['a sum below 64 bits stops at the least', int(MIN), { increment: int('-1') }, int(MIN)],
  ['a double makes the sum a double', int('1'), { increment: double(1) }, double(2)],
  ['an increment of no number sets it', { stringValue: 'x' }, { increment: int('1') }, int('1')],
  ['an increment of nothing sets it', undefined, { increment: double(0.5) }, double(0.5)],
  ['the maximum of a tie is the stored value', int('3'), { maximum: double(3) }, int('3')],
  ['the minimum of a tie is the stored value', double(3), { minimum: int('3') }, double(3)],
  ['the maximum may change the type', int('3'), { maximum: double(3.5) }, double(3.5)],
  [
    'integers compare exactly',
    int('9007199254740993'),
    { maximum: int('9007199254740992') },
    int('9007199254740993'),
  ],
  ['the minimum is the smaller', int('3'), { minimum: int('-4') }, int('-4')],
  ['NaN is the maximum of anything', int('3'), { maximum: double(Number.NaN) }, double(Number.NaN)],
  ['NaN is the minimum of anything', double(Number.NaN), { minimum: int('3') }, double(Number.NaN)],
  ['the maximum of no number sets it', { nullValue: 0 }, { maximum: int('3') }, int('3')],
  [
    'the request time has milliseconds',
    undefined,
    { setToServerValue: 1 },
    { timestampValue: { seconds: '1700000000', nanos: 123_000_000 } },
  ],
])('%s', (_, stored, transform, expected) => {
  expect(outcome(stored, transform)).toEqual({ value: expected, result: expected });
});

test('array transforms take 1 and 1.0 for one element and answer null', () => {
  const stored: Value = { arrayValue: { values: [int('1'), double(2)] } };
  const added = outcome(stored, { appendMissingElements: { values: [double(1), int('3'), int('3')] } });
  expect(added).toEqual({
    value: { arrayValue: { values: [int('1'), double(2), int('3')] } },
    result: { nullValue: 0 },
  });
  const removed = outcome(stored, { removeAllFromArray: { values: [int('2')] } });
  expect(removed.value).toEqual({ arrayValue: { values: [int('1')] } });
});

test('a transform with an operand that is no number is refused by the name of its field', () => {
  expect(() => outcome(undefined, { increment: { stringValue: '1' } })).toThrow('"a" needs a number');
});
