import type { Expression } from './ast.ts';
import type { Lexer, Token } from './lexer.ts';

/** How tightly the operators bind; `is` and `?` are told apart where they are read. */
const BINDING: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '?': 1,
    '||': 2,
    '&&': 3,
    in: 4,
    is: 5,
    '==': 6,
    '!=': 6,
    '<': 7,
    '<=': 7,
    '>': 7,
    '>=': 7,
    '+': 8,
    '-': 8,
    '*': 9,
    '/': 9,
    '%': 9,
  }),
);

const INT64_LIMIT = 2n ** 63n;
const CONSTANTS: Readonly<Record<string, null | boolean>> = { null: null, true: true, false: false };

/**
 * Reads one expression ({@link https://firebase.google.com/docs/reference/rules/rules}), by precedence climbing.
 *
 * @throws RulesError
 */
export function parseExpression(lexer: Lexer, minimum = 0): Expression {
  let left = parseUnary(lexer);
  for (;;) {
    const token = lexer.peek();
    const binding = token.kind === 'symbol' || token.kind === 'name' ? BINDING.get(token.text) : undefined;
    if (token.text === '--' || token.text === '++')
      lexer.fail(token.start, `there is no operator ${token.text}; write + 1 or - 1`);
    if (binding === undefined || binding <= minimum) return left;
    lexer.next();
    left = parseRest(lexer, left, token, binding);
  }
}

function parseRest(lexer: Lexer, left: Expression, token: Token, binding: number): Expression {
  const at = left.at;
  if (token.text === '?') {
    const then = parseExpression(lexer);
    expect(lexer, ':', 'between the two values of "condition ? value : value"');
    // A choice may hold another one on its right.
    return { kind: 'choice', at, condition: left, then, otherwise: parseExpression(lexer, binding - 1) };
  }
  if (token.text === 'is') return { kind: 'is', at, of: left, type: expectName(lexer, 'a type after "is"') };
  if (token.text === '/' && !lexer.spaced(token))
    lexer.fail(
      token.start,
      'the service reads this as the beginning of a path; to divide, write a space after "/"',
    );
  return { kind: 'binary', at, operator: token.text, left, right: parseExpression(lexer, binding) };
}

function parseUnary(lexer: Lexer): Expression {
  const token = lexer.peek();
  if (token.kind !== 'symbol' || (token.text !== '!' && token.text !== '-')) return parsePostfix(lexer);
  lexer.next();
  if (token.text === '-' && lexer.peek().text === '-')
    lexer.fail(lexer.peek().start, 'a minus may not follow a minus; use parentheses');
  // The least int has no positive counterpart.
  const number = lexer.peek();
  if (token.text === '-' && number.kind === 'int' && BigInt(number.text) === INT64_LIMIT) {
    lexer.next();
    return { kind: 'literal', at: token.start, value: -INT64_LIMIT };
  }
  return { kind: 'unary', at: token.start, operator: token.text, of: parseUnary(lexer) };
}

function parsePostfix(lexer: Lexer): Expression {
  let expression = parsePrimary(lexer);
  for (;;) {
    const { text, kind, start } = lexer.peek();
    if (kind !== 'symbol' || (text !== '.' && text !== '[')) return expression;
    lexer.next();
    expression = text === '.' ? parseMember(lexer, expression) : parseIndex(lexer, expression, start);
  }
}

function parseMember(lexer: Lexer, of: Expression): Expression {
  const at = lexer.peek().start;
  const name = expectName(lexer, 'a name after "."');
  if (lexer.peek().text !== '(') return { kind: 'member', at, of, name };
  return { kind: 'method', at, of, name, args: parseArguments(lexer) };
}

function parseIndex(lexer: Lexer, of: Expression, at: number): Expression {
  const index = parseExpression(lexer);
  if (lexer.peek().text !== ':') {
    expect(lexer, ']', 'after the index');
    return { kind: 'index', at, of, index };
  }
  lexer.next();
  const to = parseExpression(lexer);
  expect(lexer, ']', 'after the range');
  return { kind: 'range', at, of, from: index, to };
}

function parseArguments(lexer: Lexer): Expression[] {
  expect(lexer, '(', 'before the arguments');
  return parseItems(lexer, ')', () => parseExpression(lexer));
}

/** Items with commas between, and maybe one behind the last, up to the closing symbol. */
function parseItems<T>(lexer: Lexer, close: string, parse: () => T): T[] {
  const items: T[] = [];
  while (lexer.peek().text !== close) {
    items.push(parse());
    if (lexer.peek().text !== ',') break;
    lexer.next();
  }
  expect(lexer, close, 'or a comma');
  return items;
}

function parsePrimary(lexer: Lexer): Expression {
  if (lexer.peek().text === '/' && lexer.peek().kind === 'symbol') return parsePath(lexer);
  const token = lexer.next();
  const at = token.start;
  switch (token.kind) {
    case 'string':
      return { kind: 'literal', at, value: token.text };
    case 'bytes':
      return { kind: 'bytes', at, value: Buffer.from(token.text, 'latin1') };
    case 'float':
      return { kind: 'literal', at, value: Number(token.text) };
    case 'int': {
      const value = BigInt(token.text);
      if (value >= INT64_LIMIT)
        lexer.fail(at, `${token.text} is no int of 64 bits; write it as a float: ${token.text}.0`);
      return { kind: 'literal', at, value };
    }
    case 'name':
      if (Object.hasOwn(CONSTANTS, token.text)) return { kind: 'literal', at, value: CONSTANTS[token.text]! };
      if (lexer.peek().text === '(')
        return { kind: 'call', at, name: token.text, args: parseArguments(lexer) };
      return { kind: 'name', at, name: token.text };
    default:
      return parseBracketed(lexer, token);
  }
}

function parseBracketed(lexer: Lexer, token: Token): Expression {
  const at = token.start;
  if (token.text === '(') {
    const inner = parseExpression(lexer);
    expect(lexer, ')', 'to close the parenthesis');
    return inner;
  }
  if (token.text === '[')
    return { kind: 'list', at, items: parseItems(lexer, ']', () => parseExpression(lexer)) };
  if (token.text === '{') {
    const entries = parseItems(lexer, '}', () => {
      const key = parseExpression(lexer);
      expect(lexer, ':', 'between the key and the value of a map');
      return [key, parseExpression(lexer)] as const;
    });
    return { kind: 'map', at, entries };
  }
  return lexer.fail(at, `expected a value, not ${shown(token)}`);
}

/** `/databases/$(database)/documents/grants/$(uid)` */
function parsePath(lexer: Lexer): Expression {
  const at = lexer.peek().start;
  const segments: (string | Expression)[] = [];
  do {
    const slash = lexer.next();
    const segment = lexer.segment();
    if (segment !== undefined) segments.push(segment);
    else if (lexer.peek().text === '$' && !lexer.spaced(slash)) {
      lexer.next();
      expect(lexer, '(', 'after "$" in a path');
      segments.push(parseExpression(lexer));
      expect(lexer, ')', 'to close "$("');
    } else lexer.fail(slash.start, 'a path needs a segment after each "/": a name or $(expression)');
    // With a space before it, a slash divides.
  } while (lexer.peek().text === '/' && lexer.peek().start === lexer.offset);
  return { kind: 'path', at, segments };
}

/** @throws RulesError unless the symbol or keyword comes next */
export function expect(lexer: Lexer, text: string, why: string): Token {
  const token = lexer.next();
  if (token.text !== text || token.kind === 'string' || token.kind === 'bytes')
    lexer.fail(token.start, `expected "${text}" ${why}, not ${shown(token)}`);
  return token;
}

/** @throws RulesError unless a name comes next */
export function expectName(lexer: Lexer, what: string): string {
  const token = lexer.next();
  if (token.kind !== 'name') lexer.fail(token.start, `expected ${what}, not ${shown(token)}`);
  return token.text;
}

export const shown = (token: Token): string =>
  token.kind === 'end'
    ? 'the end of the file'
    : token.kind === 'string'
      ? `'${token.text}'`
      : `"${token.text}"`;
