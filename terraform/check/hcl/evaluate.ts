import { FUNCTIONS, itemsOf, type Value } from './functions.ts';
import { parseTemplate } from './parse.ts';
import type { Expression, For } from './syntax.ts';

/** What a name stands for: var, local, each, a resource type, a variable of `for`. */
export type Scope = (name: string) => Value;

/** Something whose attributes are evaluated only when asked for, such as the outputs of a module. */
export class Lazy {
  readonly get: (name: string) => Value;
  constructor(get: (name: string) => Value) {
    this.get = get;
  }
}

/** What this evaluator does not know is no failure that `try` and `can` may pass over. */
class Unsupported extends Error {}

/** @throws Error when there is no such name, attribute or function, saying which */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template':
      return expression.parts.map(part => textOf(evaluate(part, scope))).join('');
    case 'name':
      return scope(expression.name);
    case 'index':
      return index(evaluate(expression.of, scope), evaluate(expression.key, scope));
    case 'call':
      return call(expression.name, expression.args, scope);
    case 'list':
      return expression.items.map(item => evaluate(item, scope));
    case 'object':
      return Object.fromEntries(
        expression.entries.map(([key, value]) => [textOf(evaluate(key, scope)), evaluate(value, scope)]),
      );
    case 'for':
      return loop(expression, scope);
    case 'unary':
      return unary(expression.operator, evaluate(expression.of, scope));
    case 'binary':
      return binary(expression.operator, expression.left, expression.right, scope);
    case 'if':
      return evaluate(evaluate(expression.test, scope) === true ? expression.then : expression.else, scope);
  }
}

/** A value of hcl2json: strings are templates, lists and objects hold more of them. */
export function evaluateJson(json: unknown, scope: Scope): Value {
  if (typeof json === 'string') return evaluate(parseTemplate(json), scope);
  if (Array.isArray(json)) return json.map(item => evaluateJson(item, scope));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, evaluateJson(item, scope)]));
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError(`${JSON.stringify(value) ?? 'nothing'} is no text`);
}

function index(of: Value, key: Value): Value {
  if (of instanceof Lazy) return of.get(textOf(key));
  if (of !== null && typeof of === 'object' && Object.hasOwn(of, textOf(key))) {
    return (of as Record<string, Value>)[textOf(key)];
  }
  throw new Error(`there is no ${textOf(key)} in ${(JSON.stringify(of) ?? 'nothing').slice(0, 80)}`);
}

function call(name: string, args: readonly Expression[], scope: Scope): Value {
  if (name === 'can') return succeeds(() => evaluate(args[0]!, scope));
  if (name === 'try') {
    const found = args.find(arg => succeeds(() => evaluate(arg, scope)));
    return evaluate(found ?? args.at(-1)!, scope);
  }
  const known = FUNCTIONS[name] as ((...values: Value[]) => Value) | undefined;
  if (known === undefined) {
    throw new Unsupported(
      `the function ${name} is not known here: add it to terraform/check/hcl/functions.ts`,
    );
  }
  return known(...args.map(arg => evaluate(arg, scope)));
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof Unsupported || error instanceof SyntaxError) throw error;
    return false;
  }
}

function loop({ names, of, key, value, test }: For, scope: Scope): Value {
  const found: [Value, Value][] = [];
  for (const [at, item] of itemsOf(evaluate(of, scope))) {
    const own = names.length === 1 ? { [names[0]!]: item } : { [names[0]!]: at, [names[1]!]: item };
    const inner: Scope = name => (Object.hasOwn(own, name) ? own[name] : scope(name));
    if (test !== undefined && evaluate(test, inner) !== true) continue;
    found.push([key === undefined ? undefined : evaluate(key, inner), evaluate(value, inner)]);
  }
  return key === undefined ? found.map(([, item]) => item) : Object.fromEntries(found);
}

const unary = (operator: string, value: Value): Value => (operator === '!' ? value !== true : -Number(value));

const NUMERIC: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

function binary(operator: string, left: Expression, right: Expression, scope: Scope): Value {
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  if (operator === '&&') return a === true && b === true;
  if (operator === '||') return a === true || b === true;
  if (operator === '==') return same(a, b);
  if (operator === '!=') return !same(a, b);
  return NUMERIC[operator]!(Number(a), Number(b));
}

const same = (a: Value, b: Value): boolean =>
  (a ?? null) === (b ?? null) || JSON.stringify(a) === JSON.stringify(b);
