import { EvaluationError } from './errors.ts';
import { METHODS_OF, TEXTUAL, text } from './methods.ts';
import { int64 } from './numbers.ts';
import { type Signatures, signature, signatures } from './signatures.ts';
import { durationFunctions, timestampFunctions } from './times.ts';
import { LatLng, Path, type Type, type Value } from './values.ts';

const INT = /^[+-]?\d+$/;
const FLOAT = /^\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/;

function toInt(value: bigint | number | string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return int64(BigInt(Math.trunc(value)));
  if (typeof value === 'string' && INT.test(value)) return int64(BigInt(value.replace('+', '')));
  throw new EvaluationError(`${JSON.stringify(value)} is no int`);
}

function toFloat(value: bigint | number | string): number {
  if (typeof value !== 'string') return Number(value);
  if (!FLOAT.test(value)) throw new EvaluationError(`${JSON.stringify(value)} is no float`);
  return Number(value);
}

const toPath = (value: string): Path => new Path(value.split('/').filter(segment => segment !== ''));

const NUMBER: readonly Type[] = ['int', 'float'];
const onFloats = (apply: (value: number) => Value) =>
  signature([NUMBER], undefined, (value: bigint | number) => apply(Number(value)));

function abs(value: bigint | number): Value {
  return typeof value === 'bigint' ? int64(value < 0n ? -value : value) : Math.abs(value);
}

/** Functions without a namespace, but for those that read documents. */
export const FUNCTIONS: Signatures = signatures({
  int: signature([[...NUMBER, 'string']], 'int', toInt),
  float: signature([[...NUMBER, 'string']], 'float', toFloat),
  string: signature([TEXTUAL], 'string', text),
  path: signature(['string'], 'path', toPath),
});

export const NAMESPACES: ReadonlyMap<string, Signatures> = new Map([
  ['duration', durationFunctions],
  ['timestamp', timestampFunctions],
  [
    'latlng',
    signatures({
      value: signature(
        [NUMBER, NUMBER],
        'latlng',
        (latitude: bigint | number, longitude: bigint | number) =>
          new LatLng(Number(latitude), Number(longitude)),
      ),
    }),
  ],
  [
    'math',
    signatures({
      abs: signature([NUMBER], undefined, abs),
      ceil: onFloats(Math.ceil),
      floor: onFloats(Math.floor),
      isNaN: signature([NUMBER], 'bool', (value: bigint | number) => Number.isNaN(Number(value))),
      pow: signature(
        [NUMBER, NUMBER],
        'float',
        (base: bigint | number, power: bigint | number) => Number(base) ** Number(power),
      ),
      round: signature([NUMBER], 'int', (value: bigint | number) => toInt(Math.round(Number(value)))),
      sqrt: onFloats(Math.sqrt),
    }),
  ],
]);

/** Functions that read a document, each by a path. */
export const LOOKUPS = ['get', 'exists', 'getAfter', 'existsAfter'] as const;
export type Lookup = (typeof LOOKUPS)[number];

export const isLookup = (name: string): name is Lookup => (LOOKUPS as readonly string[]).includes(name);

/** What the service has and this evaluation has not: refused with these words. */
export const MISSING: ReadonlySet<string> = new Set(['debug', 'hashing', 'firestore']);

/** Every method's name, with the types that have it. */
export const METHOD_NAMES: ReadonlyMap<string, readonly Type[]> = new Map(
  [...new Set(Object.values(METHODS_OF).flatMap(methods => [...methods.keys()]))].map(name => [
    name,
    (Object.keys(METHODS_OF) as Type[]).filter(type => METHODS_OF[type]?.has(name)),
  ]),
);
