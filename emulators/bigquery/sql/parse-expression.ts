import type { Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { unsupported } from './errors.ts';
import { parseOperand } from './parse-operand.ts';
import { parseQuery, startsQuery } from './parse-query.ts';

/** Binary operators from the loosest to the tightest; comparison stands apart, as it does not chain. */
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
];
const COMPARISONS: readonly string[] = ['=', '!=', '<>', '<', '<=', '>', '>='];

export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => parseOr(cursor));
}

function parseOr(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.takeWords('OR'))
    left = { kind: 'binary', at: left.at, op: 'OR', left, right: parseAnd(cursor) };
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  while (cursor.takeWords('AND'))
    left = { kind: 'binary', at: left.at, op: 'AND', left, right: parseNot(cursor) };
  return left;
}

function parseNot(cursor: Cursor): Expression {
  const at = cursor.at;
  if (!cursor.takeWords('NOT')) return parseComparison(cursor);
  return { kind: 'unary', at, op: 'NOT', of: cursor.nested(() => parseNot(cursor)) };
}

function parseComparison(cursor: Cursor): Expression {
  let left = parseBinary(cursor, 0);
  for (;;) {
    const { at } = left;
    const token = cursor.peek();
    if (token.kind === 'symbol' && COMPARISONS.includes(token.text)) {
      cursor.next();
      const op = token.text === '<>' ? '!=' : token.text;
      left = { kind: 'binary', at, op, left, right: parseBinary(cursor, 0) };
      if (COMPARISONS.some(comparison => cursor.isSymbol(comparison))) cursor.unexpected();
      return left;
    }
    if (cursor.takeWords('IS')) {
      const not = cursor.takeWords('NOT');
      if (cursor.takeWords('DISTINCT')) {
        cursor.expectWord('FROM');
        const op = not ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
        return { kind: 'binary', at, op, left, right: parseBinary(cursor, 0) };
      }
      const what = (['NULL', 'TRUE', 'FALSE'] as const).find(word => cursor.takeWords(word));
      left = { kind: 'is', at, of: left, what: what ?? cursor.unexpected(), not };
      continue;
    }
    const not = cursor.isWord('NOT') && ['IN', 'LIKE', 'BETWEEN'].some(word => cursor.isWord(word, 1));
    if (not) cursor.next();
    if (cursor.takeWords('BETWEEN')) {
      const low = parseBinary(cursor, 0);
      cursor.expectWord('AND');
      return { kind: 'between', at, of: left, low, high: parseBinary(cursor, 0), not };
    }
    if (cursor.isWord('LIKE')) {
      const like = cursor.next().start;
      if (['ANY', 'SOME', 'ALL'].some(word => cursor.isWord(word)))
        unsupported(like, `LIKE ${cursor.peek().text}`);
      const found: Expression = { kind: 'binary', at, op: 'LIKE', left, right: parseBinary(cursor, 0) };
      return not ? { kind: 'unary', at, op: 'NOT', of: found } : found;
    }
    if (cursor.takeWords('IN')) return parseIn(cursor, left, not);
    return left;
  }
}

function parseIn(cursor: Cursor, of: Expression, not: boolean): Expression {
  const { at } = of;
  if (cursor.takeWords('UNNEST')) {
    cursor.expectSymbol('(');
    const array = parseExpression(cursor);
    cursor.expectSymbol(')');
    return { kind: 'in', at, of, not, array };
  }
  if (cursor.isSymbol('(') && startsQuery(cursor, 1)) {
    cursor.expectSymbol('(');
    const query = parseQuery(cursor);
    cursor.expectSymbol(')');
    return { kind: 'in', at, of, not, query };
  }
  return { kind: 'in', at, of, not, list: cursor.inParentheses(() => parseExpression(cursor)) };
}

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const op = operators.find(symbol => cursor.isSymbol(symbol));
    if (op === undefined) return left;
    cursor.next();
    left = { kind: 'binary', at: left.at, op, left, right: parseBinary(cursor, level + 1) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const at = cursor.at;
  const op = (['-', '+', '~'] as const).find(symbol => cursor.takeSymbol(symbol));
  if (op === undefined) return parseOperand(cursor);
  const of = cursor.nested(() => parseUnary(cursor));
  // The smallest INT64 has no positive twin, so the sign belongs to the literal.
  if (
    op === '-' &&
    of.kind === 'literal' &&
    (of.type === 'INT64' || of.type === 'FLOAT64') &&
    !of.value.startsWith('-')
  )
    return { ...of, at, value: `-${of.value}` };
  return { kind: 'unary', at, op, of };
}
