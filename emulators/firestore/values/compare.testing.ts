import type { Value } from '../types.ts';

/** Firestore's order written down a second time, plainly, for tests to hold the keys against. */
const RANK: readonly (keyof Value)[] = [
  'nullValue',
  'booleanValue',
  'doubleValue',
  'timestampValue',
  'stringValue',
  'bytesValue',
  'referenceValue',
  'geoPointValue',
  'arrayValue',
  'mapValue',
];

const rank = (value: Value): number =>
  value.integerValue !== undefined ? 2 : RANK.findIndex(kind => value[kind] !== undefined);

export const equalValues = (a: Value, b: Value): boolean => compareValues(a, b) === 0;

const sign = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Exact between integers and doubles: by way of BigInt where a number would round. */
function compareNumbers(a: Value, b: Value): number {
  const [x, y] = [a, b].map(v => v.doubleValue ?? BigInt(v.integerValue!)) as [
    number | bigint,
    number | bigint,
  ];
  if (Number.isNaN(x) || Number.isNaN(y)) return sign(Number(!Number.isNaN(x)), Number(!Number.isNaN(y)));
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const side = compare(a[i]!, b[i]!);
    if (side !== 0) return side;
  }
  return sign(a.length, b.length);
}

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function compareValues(a: Value, b: Value): number {
  if (rank(a) !== rank(b)) return sign(rank(a), rank(b));
  switch (RANK[rank(a)]) {
    case 'booleanValue':
      return sign(Number(a.booleanValue), Number(b.booleanValue));
    case 'doubleValue':
      return compareNumbers(a, b);
    case 'stringValue':
      return bytes(a.stringValue!, b.stringValue!);
    case 'referenceValue':
      return compareLists(a.referenceValue!.split('/'), b.referenceValue!.split('/'), bytes);
    case 'arrayValue':
      return compareLists(a.arrayValue!.values, b.arrayValue!.values, compareValues);
    case 'mapValue': {
      const entries = (v: Value): [string, Value][] =>
        Object.entries(v.mapValue!.fields).sort((x, y) => bytes(x[0], y[0]));
      return compareLists(entries(a), entries(b), (x, y) => bytes(x[0], y[0]) || compareValues(x[1], y[1]));
    }
    default:
      return 0;
  }
}
