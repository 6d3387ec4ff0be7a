import { equal, includes } from './equality.ts';
import { EvaluationError } from './errors.ts';
import { int64 } from './numbers.ts';
import { contains, implied } from './proofs.ts';
import {
  Constraint,
  Duration,
  Instant,
  Open,
  PartialList,
  PartialMap,
  RulesSet,
  type Type,
  typeOf,
  undecided,
  type Value,
} from './values.ts';

interface Operation {
  readonly left: Type;
  readonly right: Type;
  readonly result: Type;
  readonly apply: (left: never, right: never) => Value;
}

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new EvaluationError('an int is divided by zero');
  return int64(a / b);
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new EvaluationError('an int is divided by zero');
  return a % b;
}

type Apply<L, R = L> = (left: L, right: R) => Value;

function operation<L, R>(left: Type, right: Type, result: Type, apply: Apply<L, R>): Operation {
  return { left, right, result, apply };
}

const arithmetic = (ints: Apply<bigint>, floats: Apply<number>): Operation[] => [
  operation('int', 'int', 'int', ints),
  operation('float', 'float', 'float', floats),
];

/** In the order of the times they hold. */
const TIMES = ['timestamp', 'duration'] as const;

const ordered = (decide: (sign: number) => boolean): Operation[] => [
  ...(['int', 'float', 'string'] as const).map(type =>
    operation<number, number>(type, type, 'bool', (a, b) =>
      decide(a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN),
    ),
  ),
  ...TIMES.map(type =>
    operation<Instant | Duration, Instant | Duration>(type, type, 'bool', (a, b) =>
      decide(a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0),
    ),
  ),
  operation<Uint8Array, Uint8Array>('bytes', 'bytes', 'bool', (a, b) => decide(Buffer.compare(a, b))),
];

/** Operators on two values of these types; an int meets a float as a float. */
const OPERATIONS: Readonly<Record<string, readonly Operation[]>> = {
  '+': [
    ...arithmetic(
      (a, b) => int64(a + b),
      (a, b) => a + b,
    ),
    operation<string, string>('string', 'string', 'string', (a, b) => a + b),
    operation<Duration, Duration>(
      'duration',
      'duration',
      'duration',
      (a, b) => new Duration(a.nanos + b.nanos),
    ),
    operation<Duration, Instant>(
      'duration',
      'timestamp',
      'timestamp',
      (a, b) => new Instant(a.nanos + b.nanos),
    ),
    operation<Instant, Duration>(
      'timestamp',
      'duration',
      'timestamp',
      (a, b) => new Instant(a.nanos + b.nanos),
    ),
  ],
  '-': [
    ...arithmetic(
      (a, b) => int64(a - b),
      (a, b) => a - b,
    ),
    operation<Duration, Duration>(
      'duration',
      'duration',
      'duration',
      (a, b) => new Duration(a.nanos - b.nanos),
    ),
    operation<Instant, Duration>(
      'timestamp',
      'duration',
      'timestamp',
      (a, b) => new Instant(a.nanos - b.nanos),
    ),
    operation<Instant, Instant>(
      'timestamp',
      'timestamp',
      'duration',
      (a, b) => new Duration(a.nanos - b.nanos),
    ),
  ],
  '*': arithmetic(
    (a, b) => int64(a * b),
    (a, b) => a * b,
  ),
  '/': arithmetic(divide, (a, b) => a / b),
  '%': arithmetic(remainder, (a, b) => a % b),
  '<': ordered(sign => sign < 0),
  '<=': ordered(sign => sign <= 0),
  '>': ordered(sign => sign > 0),
  '>=': ordered(sign => sign >= 0),
};

function find(operator: string, left: Type, right: Type): Operation | undefined {
  return OPERATIONS[operator]!.find(each => each.left === left && each.right === right);
}

const isNumber = (type: Type | undefined): boolean => type === 'int' || type === 'float';

/** What an operator makes of values of these types, as far as that is known without the values. */
export function resultType(
  operator: string,
  left: Type | undefined,
  right: Type | undefined,
): Type | undefined {
  if (operator.startsWith('<') || operator.startsWith('>')) return 'bool';
  if (left === undefined || right === undefined) return undefined;
  return find(operator, left, right)?.result ?? (isNumber(left) && isNumber(right) ? 'float' : undefined);
}

/** Whether any values of these types may stand beside the operator. */
export function fits(operator: string, left: Type | undefined, right: Type | undefined): boolean {
  const suits = (given: Type | undefined, wanted: Type): boolean =>
    given === undefined || given === wanted || (given === 'int' && wanted === 'float');
  return OPERATIONS[operator]!.some(each => suits(left, each.left) && suits(right, each.right));
}

/** For sides that are swapped. */
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** Every operator but those that look at their right side only when they must. */
export function apply(operator: string, left: Value, right: Value): Value {
  if (operator === 'in') return isIn(left, right);
  if (left instanceof Constraint) return implied(left, operator, right, apply);
  if (right instanceof Constraint) return implied(right, MIRRORED[operator] ?? operator, left, apply);
  if (operator === '==') return equalToMap(left, right) ?? equal(left, right);
  if (operator === '!=') return !(equalToMap(left, right) ?? equal(left, right));
  const types = [typeOf(left), typeOf(right)] as const;
  const exact = find(operator, ...types);
  if (exact) return exact.apply(left as never, right as never);
  if (types.every(isNumber))
    return find(operator, 'float', 'float')!.apply(Number(left) as never, Number(right) as never);
  for (const value of [left, right]) if (OPEN.has(typeOf(value))) undecided(value);
  const defined = OPERATIONS[operator]!.map(each => `${each.left} ${operator} ${each.right}`);
  throw new EvaluationError(`there is no ${types[0]} ${operator} ${types[1]}, only ${defined.join(', ')}`);
}

const OPEN: ReadonlySet<Type> = new Set<Type>(['open', 'partial map', 'partial list']);

/** A map that a query knows a part of is not null, whatever it is. */
function equalToMap(left: Value, right: Value): boolean | undefined {
  const [map, other] = left instanceof PartialMap ? [left, right] : [right, left];
  return map instanceof PartialMap && other === null ? false : undefined;
}

function isIn(value: Value, container: Value): boolean {
  if (container instanceof Map) {
    if (typeof value === 'string') return container.has(value);
    throw new EvaluationError(`a key in a map is a string, not a ${typeOf(value)}`);
  }
  if (container instanceof PartialMap)
    return (typeof value === 'string' && container.known.has(value)) || undecided(container);
  if (container instanceof PartialList) return includes(container.known, value) || undecided(container);
  if (container instanceof Constraint) return contains(container, value) || undecided(container);
  if (container instanceof Open) return undecided(container);
  const items = container instanceof RulesSet ? container.items : container;
  if (!Array.isArray(items))
    throw new EvaluationError(`"in" looks into a list, a set or a map, not a ${typeOf(container)}`);
  if (!(value instanceof Constraint)) return includes(items, value);
  if (items.every(item => implied(value, '!=', item, apply))) return false;
  return undecided(value);
}
