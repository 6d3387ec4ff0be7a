import type { Expression } from './ast.ts';
import { element, entry, slice } from './elements.ts';
import { EvaluationError } from './errors.ts';
import { FUNCTIONS, isLookup, type Lookup, NAMESPACES } from './functions.ts';
import { METHODS_OF, text } from './methods.ts';
import { apply } from './operators.ts';
import { findFunction, type Scope } from './scope.ts';
import { accepts, type Signature, written } from './signatures.ts';
import { Duration, isOpen, Open, Path, type Type, typeOf, undecided, type Value } from './values.ts';

/** Computed when first asked for: an error counts only where the value is needed. */
export type Lazy = () => Value;

/** What a request brings along. */
export interface Facts {
  /** `request` and `resource`. */
  readonly globals: ReadonlyMap<string, Lazy>;
  /** What the wildcards of each match stand for. */
  readonly wildcards: ReadonlyMap<Scope, ReadonlyMap<string, Value>>;
  /** get() and its like. @throws EvaluationError where there is no such document, or too many were asked for */
  look(lookup: Lookup, path: Path): Value;
}

export interface Environment {
  readonly facts: Facts;
  readonly scope: Scope;
  /** Parameters and lets of the function. */
  readonly locals: ReadonlyMap<string, Lazy>;
}

/** An error with the place in the text where it came up. */
export class LocatedError extends EvaluationError {
  readonly at: number;
  constructor(at: number, cause: EvaluationError) {
    super(cause.message, { cause });
    this.at = at;
  }
}

type Kinds = { readonly [K in Expression['kind']]: Extract<Expression, { kind: K }> };

const EVALUATE: { readonly [K in keyof Kinds]: (expression: Kinds[K], environment: Environment) => Value } = {
  literal: ({ value }) => value,
  bytes: ({ value }) => value,
  list: ({ items }, env) => items.map(item => closed(evaluate(item, env))),
  map: ({ entries }, env) =>
    new Map(entries.map(([key, value]) => [keyOf(evaluate(key, env)), evaluate(value, env)])),
  path: ({ segments }, env) =>
    new Path(segments.map(segment => (typeof segment === 'string' ? segment : text(evaluate(segment, env))))),
  name: ({ name }, env) => lookUp(name, env),
  member: ({ of, name }, env) => entry(evaluate(of, env), name),
  index: ({ of, index }, env) => element(evaluate(of, env), evaluate(index, env)),
  range: ({ of, from, to }, env) => slice(evaluate(of, env), evaluate(from, env), evaluate(to, env)),
  call: callFunction,
  method: callMethod,
  unary: ({ operator, of }, env) =>
    operator === '!' ? !condition(evaluate(of, env)) : negative(evaluate(of, env)),
  binary: ({ operator, left, right }, env) => {
    if (operator === '&&' || operator === '||') return decide([left, right], operator === '||', env);
    return apply(operator, evaluate(left, env), evaluate(right, env));
  },
  is: ({ of, type }, env) => isType(evaluate(of, env), type),
  choice: (choice, env) =>
    evaluate(condition(evaluate(choice.condition, env)) ? choice.then : choice.otherwise, env),
};

/** @throws LocatedError where the expression has no value, or a query leaves it open */
export function evaluate(expression: Expression, environment: Environment): Value {
  try {
    return EVALUATE[expression.kind](expression as never, environment);
  } catch (error) {
    if (!(error instanceof EvaluationError) || error instanceof LocatedError) throw error;
    throw new LocatedError(expression.at, error);
  }
}

/** @throws EvaluationError unless it is true or false */
export function condition(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (isOpen(value)) return undecided(value);
  throw new EvaluationError(`a condition is true or false, not a ${typeOf(value)}`);
}

/** `&&` and `||`: either side can decide alone, even where the other is an error. */
function decide(sides: readonly Expression[], decisive: boolean, env: Environment): boolean {
  let failure: EvaluationError | undefined;
  for (const side of sides)
    try {
      if (condition(evaluate(side, env)) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      failure ??= error;
    }
  if (failure) throw failure;
  return !decisive;
}

function lookUp(name: string, { facts, scope, locals }: Environment): Value {
  const local = locals.get(name);
  if (local) return local();
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = facts.wildcards.get(at)?.get(name);
    if (value !== undefined) return value;
  }
  const global = facts.globals.get(name);
  if (!global) throw new EvaluationError(`${name} is not known here`);
  return global();
}

function closed(value: Value): Value {
  return value instanceof Open ? undecided(value) : value;
}

function keyOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError(`a key of a map is a string, not a ${typeOf(value)}`);
}

function negative(value: Value): Value {
  if (typeof value === 'number') return -value;
  return apply('-', value instanceof Duration ? new Duration(0n) : 0n, value);
}

/** The types that `is` knows. */
export const IS_TYPES: ReadonlyMap<string, readonly Type[]> = new Map<string, readonly Type[]>([
  ...(['bool', 'bytes', 'duration', 'float', 'int', 'latlng', 'path', 'string', 'timestamp'] as const).map(
    type => [type, [type]] as const,
  ),
  ['list', ['list', 'partial list']],
  ['map', ['map', 'partial map']],
  ['number', ['int', 'float']],
]);

function isType(value: Value, type: string): boolean {
  const actual = typeOf(value);
  if (actual === 'open' || actual === 'constraint') return undecided(value);
  return IS_TYPES.get(type)!.includes(actual);
}

function callFunction({ name, args }: Kinds['call'], env: Environment): Value {
  const found = findFunction(env.scope, name);
  if (!found) {
    const values = args.map(arg => evaluate(arg, env));
    return isLookup(name) ? look(name, values[0]!, env) : call(name, FUNCTIONS.get(name), values);
  }
  const { parameters, lets, result } = found.declaration;
  const locals = new Map<string, Lazy>();
  const inner: Environment = { ...env, scope: found.scope, locals };
  for (const [i, parameter] of parameters.entries())
    locals.set(
      parameter,
      lazily(() => evaluate(args[i]!, env)),
    );
  for (const { name: local, value } of lets)
    locals.set(
      local,
      lazily(() => evaluate(value, inner)),
    );
  return evaluate(result, inner);
}

/** Computes it once. */
export function lazily(compute: Lazy): Lazy {
  let computed: { readonly value: Value } | undefined;
  return () => {
    computed ??= { value: compute() };
    return computed.value;
  };
}

function look(lookup: Lookup, path: Value, env: Environment): Value {
  if (path instanceof Path) return env.facts.look(lookup, path);
  if (isOpen(path)) return undecided(path);
  throw new EvaluationError(`${lookup}() takes a path, not a ${typeOf(path)}`);
}

function callMethod({ of, name, args }: Kinds['method'], env: Environment): Value {
  const namespace = namespaceOf(of);
  const values = args.map(arg => evaluate(arg, env));
  if (namespace) return call(`${namespace.name}.${name}`, namespace.functions.get(name), values);
  const self = evaluate(of, env);
  const method = METHODS_OF[typeOf(self)]?.get(name);
  if (!method && isOpen(self)) return undecided(self);
  return call(`${typeOf(self)}.${name}`, method, values, [self]);
}

/** `math` of `math.abs(…)`: no other name can be one, the check of a file sees to that. */
function namespaceOf(of: Expression) {
  if (of.kind !== 'name') return undefined;
  const functions = NAMESPACES.get(of.name);
  return functions && { name: of.name, functions };
}

function call(
  name: string,
  signature: Signature | undefined,
  args: readonly Value[],
  self: readonly Value[] = [],
): Value {
  if (!signature) throw new EvaluationError(`there is no ${name}()`);
  if (!accepts(signature, args.map(typeOf))) {
    for (const arg of args) if (isOpen(arg)) undecided(arg);
    throw new EvaluationError(`${written(name, signature)} does not take ${args.map(typeOf).join(', ')}`);
  }
  return signature.apply(...([...self, ...args] as never[]));
}
