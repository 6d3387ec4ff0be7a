import type { Expression } from './ast.ts';
import { EvaluationError } from './errors.ts';
import { IS_TYPES } from './evaluate.ts';
import { FUNCTIONS, isLookup, LOOKUPS, METHOD_NAMES, MISSING, NAMESPACES } from './functions.ts';
import type { Lexer } from './lexer.ts';
import { METHODS_OF } from './methods.ts';
import { fits, resultType } from './operators.ts';
import { checkPattern } from './regex.ts';
import { findFunction, hasWildcard, type Scope } from './scope.ts';
import { accepts, type Signature, written } from './signatures.ts';
import type { Type } from './values.ts';

/** The names that an expression may use. */
export interface Names {
  readonly scope: Scope;
  readonly locals: Set<string>;
}

type Kinds = { readonly [K in Expression['kind']]: Extract<Expression, { kind: K }> };
type Known = Type | undefined;

const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['request', ['auth', 'method', 'path', 'query', 'resource', 'time']],
  ['resource', ['__name__', 'data', 'id']],
]);

const OF_LITERALS: Readonly<Record<string, Type>> = {
  boolean: 'bool',
  bigint: 'int',
  number: 'float',
  string: 'string',
};
const INDEXED: readonly Type[] = ['string', 'list', 'path', 'map'];
const CONTAINERS: readonly Type[] = ['list', 'set', 'map'];

type Check<K extends keyof Kinds> = (expression: Kinds[K], names: Names, lexer: Lexer) => Known;

const CHECK: { readonly [K in keyof Kinds]: Check<K> } = {
  literal: ({ value }) => (value === null ? 'null' : OF_LITERALS[typeof value]),
  bytes: () => 'bytes',
  list: ({ items }, names, lexer) => {
    for (const item of items) checkExpression(item, names, lexer);
    return 'list';
  },
  map: ({ entries }, names, lexer) => {
    for (const [key, value] of entries) {
      demand(key, ['string'], 'a key of a map', names, lexer);
      checkExpression(value, names, lexer);
    }
    return 'map';
  },
  path: ({ segments }, names, lexer) => {
    for (const segment of segments) if (typeof segment !== 'string') checkExpression(segment, names, lexer);
    return 'path';
  },
  name: ({ at, name }, { scope, locals }, lexer) => {
    if (!isDeclared(name, { scope, locals }) && !MEMBERS.has(name))
      lexer.fail(
        at,
        `${name} is not known here; a function sees its parameters, its lets and the wildcards around it`,
      );
    return undefined;
  },
  member: ({ at, of, name }, names, lexer) => {
    demand(of, ['map'], `what has a ${name}`, names, lexer);
    const members = of.kind === 'name' && !names.locals.has(of.name) ? MEMBERS.get(of.name) : undefined;
    if (members && !members.includes(name))
      lexer.fail(at, `${(of as Kinds['name']).name} has no ${name}; it has ${members.join(', ')}`);
    return undefined;
  },
  index: ({ of, index }, names, lexer) => {
    const type = demand(of, INDEXED, 'what has an index', names, lexer);
    demand(index, ['int', 'string'], 'an index', names, lexer);
    return type === 'string' || type === 'path' ? 'string' : undefined;
  },
  range: ({ of, from, to }, names, lexer) => {
    for (const bound of [from, to]) demand(bound, ['int'], 'the end of a range', names, lexer);
    return demand(of, ['string', 'list', 'path'], 'what has a range', names, lexer);
  },
  call: checkCall,
  method: checkMethod,
  unary: ({ operator, of }, names, lexer) => {
    if (operator === '-')
      return demand(of, ['int', 'float', 'duration'], 'what "-" stands before', names, lexer);
    demand(of, ['bool'], 'what "!" stands before (write !(…) around a comparison)', names, lexer);
    return 'bool';
  },
  binary: checkBinary,
  is: ({ at, of, type }, names, lexer) => {
    checkExpression(of, names, lexer);
    if (!IS_TYPES.has(type))
      lexer.fail(at, `"is" knows no type ${type}; it knows ${[...IS_TYPES.keys()].sort().join(', ')}`);
    return 'bool';
  },
  choice: ({ condition, then, otherwise }, names, lexer) => {
    demand(condition, ['bool'], 'the condition before "?"', names, lexer);
    const types = [then, otherwise].map(each => checkExpression(each, names, lexer));
    return types[0] === types[1] ? types[0] : undefined;
  },
};

/**
 * @returns the type that it will have; undefined where that depends on the request
 * @throws RulesError
 */
export function checkExpression(expression: Expression, names: Names, lexer: Lexer): Known {
  return CHECK[expression.kind](expression as never, names, lexer);
}

const isDeclared = (name: string, { scope, locals }: Names): boolean =>
  locals.has(name) || hasWildcard(scope, name);

function demand(of: Expression, types: readonly Type[], what: string, names: Names, lexer: Lexer): Known {
  const type = checkExpression(of, names, lexer);
  if (type !== undefined && !types.includes(type))
    lexer.fail(of.at, `${what} is a ${types.join(' or ')}, this is a ${type}`);
  return type;
}

function checkBinary({ at, operator, left, right }: Kinds['binary'], names: Names, lexer: Lexer): Known {
  if (operator === '&&' || operator === '||') {
    for (const side of [left, right]) demand(side, ['bool'], `a side of ${operator}`, names, lexer);
    return 'bool';
  }
  const first = checkExpression(left, names, lexer);
  if (operator === 'in') {
    demand(right, CONTAINERS, 'what "in" looks into (write parentheses around it)', names, lexer);
    return 'bool';
  }
  const second = checkExpression(right, names, lexer);
  if (operator === '==' || operator === '!=') return 'bool';
  if (!fits(operator, first, second))
    lexer.fail(
      at,
      `there is no ${first ?? 'any'} ${operator} ${second ?? 'any'}; convert one side with int(), float() or string()`,
    );
  return resultType(operator, first, second);
}

function checkCall({ at, name, args }: Kinds['call'], names: Names, lexer: Lexer): Known {
  const types = args.map(arg => checkExpression(arg, names, lexer));
  const found = findFunction(names.scope, name);
  if (found) {
    const { parameters } = found.declaration;
    if (parameters.length !== args.length)
      lexer.fail(
        at,
        `${name}(${parameters.join(', ')}) takes ${parameters.length} arguments, not ${args.length}`,
      );
    return undefined;
  }
  if (isLookup(name)) {
    if (types.length === 1 && (types[0] ?? 'path') === 'path')
      return name.startsWith('exists') ? 'bool' : 'map';
    lexer.fail(
      at,
      `${name}(path) takes one path, as in ${name}(/databases/$(database)/documents/users/$(id))`,
    );
  }
  if (MISSING.has(name)) lexer.fail(at, notHere(`${name}()`));
  const signature = FUNCTIONS.get(name);
  if (signature) return checkArguments(signature, name, at, types, lexer);
  const all = [...FUNCTIONS.keys(), ...LOOKUPS].sort().join(', ');
  return lexer.fail(at, `there is no function ${name}; declare it, or use one of ${all}`);
}

const notHere = (what: string): string =>
  `the service knows ${what}, but it is not evaluated here: rules that use it cannot be tried locally`;

function checkMethod({ at, of, name, args }: Kinds['method'], names: Names, lexer: Lexer): Known {
  const types = args.map(arg => checkExpression(arg, names, lexer));
  const space = of.kind === 'name' ? of.name : '';
  if (MISSING.has(space) && !isDeclared(space, names)) lexer.fail(of.at, notHere(`${space}.${name}()`));
  const namespace = NAMESPACES.get(space);
  if (namespace) {
    const signature = namespace.get(name);
    if (!signature)
      return lexer.fail(at, `there is no ${space}.${name}; there are ${[...namespace.keys()].join(', ')}`);
    return checkArguments(signature, `${space}.${name}`, at, types, lexer);
  }
  const type = checkExpression(of, names, lexer);
  const possible = type === undefined ? (METHOD_NAMES.get(name) ?? []) : [type];
  const candidates = possible.flatMap(each => METHODS_OF[each]?.get(name) ?? []);
  if (candidates.length === 0) {
    const there = type === undefined ? [...METHOD_NAMES.keys()] : [...(METHODS_OF[type]?.keys() ?? [])];
    return lexer.fail(
      at,
      `${type === undefined ? 'no type' : `a ${type}`} has a method ${name}; there are ${there.sort().join(', ') || 'none'}`,
    );
  }
  for (const arg of name === 'matches' || name === 'replace' || name === 'split' ? args.slice(0, 1) : [])
    checkLiteralPattern(arg, lexer);
  const fitting = candidates.filter(each => each.parameters.length === args.length && accepts(each, types));
  if (fitting.length === 0) return checkArguments(candidates[0]!, name, at, types, lexer);
  return fitting.every(({ result }) => result === fitting[0]!.result) ? fitting[0]!.result : undefined;
}

function checkLiteralPattern(arg: Expression, lexer: Lexer): void {
  if (arg.kind !== 'literal' || typeof arg.value !== 'string') return;
  try {
    checkPattern(arg.value);
  } catch (error) {
    if (error instanceof EvaluationError) lexer.fail(arg.at, error.message);
    throw error;
  }
}

function checkArguments(
  signature: Signature,
  name: string,
  at: number,
  types: readonly Known[],
  lexer: Lexer,
): Known {
  if (signature.parameters.length !== types.length || !accepts(signature, types))
    lexer.fail(
      at,
      `${written(name, signature)} is wanted, not ${name}(${types.map(type => type ?? 'any').join(', ')})`,
    );
  return signature.result;
}
