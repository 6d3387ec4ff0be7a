import type { Expression, LiteralType, Name, TypeName } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { refuse, unsupported } from './errors.ts';
import { parseArguments } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuery, startsQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

/** A name before a string literal that makes it a literal of that type. */
const TYPED: readonly string[] = [
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'NUMERIC',
  'DECIMAL',
  'BIGNUMERIC',
  'BIGDECIMAL',
  'JSON',
];
const MODES = ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL'] as const;
/** Reserved words that are functions too, when a parenthesis follows. */
const FUNCTIONS: readonly string[] = ['IF', 'LEFT', 'RIGHT', 'GROUPING', 'HASH', 'CONTAINS', 'COLLATE'];

/** What operators stand between: a literal, a name, a call or the like, with its fields and elements. */
export function parseOperand(cursor: Cursor): Expression {
  let left = parsePrimary(cursor);
  for (;;) {
    if (cursor.isSymbol('.') && !cursor.isSymbol('*', 1)) {
      cursor.next();
      const name = cursor.name();
      left =
        left.kind === 'name'
          ? { ...left, path: [...left.path, name] }
          : { kind: 'field', at: left.at, of: left, name };
    } else if (cursor.isSymbol('[')) {
      left = parseElement(cursor, left);
    } else return left;
  }
}

function parseElement(cursor: Cursor, of: Expression): Expression {
  const at = cursor.next().start;
  const mode = MODES.find(word => cursor.isWord(word) && cursor.isSymbol('(', 1));
  if (mode !== undefined) {
    cursor.next();
    cursor.next();
  }
  const index = parseExpression(cursor);
  if (mode !== undefined) cursor.expectSymbol(')');
  cursor.expectSymbol(']');
  return { kind: 'element', at, of, mode: mode ?? 'PLAIN', index };
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const at = token.start;
  const literal = (type: LiteralType, value: string): Expression => {
    cursor.next();
    return { kind: 'literal', at, type, value };
  };
  if (token.kind === 'integer') return literal('INT64', token.text);
  if (token.kind === 'float') return literal('FLOAT64', token.text);
  if (token.kind === 'string') return literal('STRING', token.text);
  if (token.kind === 'bytes') return literal('BYTES', token.text);
  if (token.kind === 'parameter') {
    cursor.next();
    return {
      kind: 'parameter',
      at,
      name: token.text,
      index: token.text === '' ? cursor.nextParameter() : -1,
    };
  }
  if (token.kind === 'symbol') {
    if (token.text === '(') return parseParenthesis(cursor);
    if (token.text === '[') return { kind: 'array', at, items: parseItems(cursor) };
    if (token.text === '@@') unsupported(at, 'A system variable');
    return cursor.unexpected();
  }
  if (token.kind === 'keyword') {
    const special = KEYWORDS[token.text];
    if (special !== undefined) return special(cursor);
    if (FUNCTIONS.includes(token.text) && cursor.isSymbol('(', 1)) {
      cursor.next();
      return parseArguments(cursor, at, [{ at, text: token.text }]);
    }
    return cursor.unexpected();
  }
  if (token.kind === 'end') return cursor.unexpected();
  const typed = token.kind === 'name' && cursor.peek(1).kind === 'string';
  if (typed && TYPED.includes(token.text.toUpperCase())) {
    cursor.next();
    const type = token.text.toUpperCase().replace(/DECIMAL$/, 'NUMERIC') as LiteralType;
    return literal(type, cursor.peek().text);
  }
  if (typed && token.text.toUpperCase() === 'RANGE') unsupported(at, 'The type RANGE');
  return parseNameOrCall(cursor);
}

/** `a`, `a.b`, `F(x)`, `SAFE.F(x)`, `NET.HOST(x)`. */
function parseNameOrCall(cursor: Cursor): Expression {
  const at = cursor.at;
  const path: Name[] = [cursor.name()];
  for (let parts = 1; parts <= 3; parts += 1) {
    if (cursor.isSymbol('(')) return callOf(cursor, at, path);
    if (!cursor.isSymbol('.') || !cursor.isName(1)) break;
    // `a.b(` is a function of many words, `a.b` a path: look ahead before taking the dot.
    let ahead = 1;
    while (cursor.isName(ahead) && cursor.isSymbol('.', ahead + 1)) ahead += 2;
    if (!cursor.isName(ahead) || !cursor.isSymbol('(', ahead + 1)) break;
    cursor.next();
    path.push(cursor.name());
  }
  return { kind: 'name', at, path };
}

function callOf(cursor: Cursor, at: number, path: readonly Name[]): Expression {
  if (path.length === 1) {
    const word = path[0]!.text.toUpperCase();
    if (word === 'SAFE_CAST') return parseCast(cursor, at, true);
  }
  return parseArguments(cursor, at, path);
}

function parseCast(cursor: Cursor, at: number, safe: boolean): Expression {
  cursor.expectSymbol('(');
  const of = parseExpression(cursor);
  cursor.expectWord('AS');
  const type = parseType(cursor);
  if (cursor.isWord('FORMAT')) unsupported(cursor.at, 'CAST with FORMAT');
  cursor.expectSymbol(')');
  return { kind: 'cast', at, of, type, safe };
}

function parseItems(cursor: Cursor): Expression[] {
  cursor.expectSymbol('[');
  const items = cursor.isSymbol(']') ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expectSymbol(']');
  return items;
}

function parseSubquery(cursor: Cursor, at: number, form: 'SCALAR' | 'EXISTS' | 'ARRAY'): Expression {
  cursor.expectSymbol('(');
  const query = parseQuery(cursor);
  cursor.expectSymbol(')');
  return { kind: 'subquery', at, form, query };
}

/** A subquery, a tuple, or an expression in parentheses. */
function parseParenthesis(cursor: Cursor): Expression {
  const at = cursor.at;
  if (startsQuery(cursor, 1)) return parseSubquery(cursor, at, 'SCALAR');
  const items = cursor.inParentheses(() => parseExpression(cursor));
  if (items.length > 1) return { kind: 'struct', at, items: items.map(value => ({ value })) };
  const inner = items[0]!;
  // `(a).b` is a field of a value, never a longer path; `-(9)` must not become a literal.
  return inner.kind === 'name' || inner.kind === 'literal' ? { ...inner } : inner;
}

const KEYWORDS: Readonly<Record<string, (cursor: Cursor) => Expression>> = {
  NULL: cursor => ({ kind: 'literal', at: cursor.next().start, type: 'NULL', value: '' }),
  TRUE: cursor => ({ kind: 'literal', at: cursor.next().start, type: 'BOOL', value: 'true' }),
  FALSE: cursor => ({ kind: 'literal', at: cursor.next().start, type: 'BOOL', value: 'false' }),
  CAST: cursor => parseCast(cursor, cursor.next().start, false),
  CASE: parseCase,
  EXTRACT: cursor => {
    const at = cursor.next().start;
    cursor.expectSymbol('(');
    const part = parseExpression(cursor);
    cursor.expectWord('FROM');
    const of = parseExpression(cursor);
    const zone = cursor.takeWords('AT', 'TIME', 'ZONE') ? parseExpression(cursor) : undefined;
    cursor.expectSymbol(')');
    return { kind: 'extract', at, part, of, ...(zone && { zone }) };
  },
  INTERVAL: cursor => {
    const at = cursor.next().start;
    const value = parseExpression(cursor);
    if (cursor.peek(1).kind === 'keyword' && cursor.isWord('TO', 1)) unsupported(at, 'INTERVAL … TO …');
    return { kind: 'interval', at, value, part: cursor.name() };
  },
  EXISTS: cursor => parseSubquery(cursor, cursor.next().start, 'EXISTS'),
  ARRAY: cursor => {
    const at = cursor.at;
    if (cursor.isSymbol('(', 1)) {
      cursor.next();
      return parseSubquery(cursor, at, 'ARRAY');
    }
    if (!cursor.isSymbol('<', 1)) cursor.next();
    const type = cursor.isWord('ARRAY') ? parseType(cursor) : undefined;
    return { kind: 'array', at, ...(type && { type }), items: parseItems(cursor) };
  },
  STRUCT: cursor => {
    const at = cursor.at;
    let type: TypeName | undefined;
    if (cursor.isSymbol('<', 1)) type = parseType(cursor);
    else cursor.next();
    cursor.expectSymbol('(');
    const items = cursor.isSymbol(')')
      ? []
      : cursor.list(() => {
          const value = parseExpression(cursor);
          const name = cursor.takeWords('AS') ? cursor.name() : undefined;
          if (name && type)
            refuse(
              name.at,
              'STRUCT constructors cannot specify both an explicit type and field names with AS',
            );
          return { value, ...(name && { name }) };
        });
    cursor.expectSymbol(')');
    return { kind: 'struct', at, ...(type && { type }), items };
  },
  NEW: cursor => unsupported(cursor.at, 'A protocol buffer'),
};

function parseCase(cursor: Cursor): Expression {
  const at = cursor.next().start;
  const of = cursor.isWord('WHEN') ? undefined : parseExpression(cursor);
  const whens: { when: Expression; result: Expression }[] = [];
  do {
    cursor.expectWord('WHEN');
    const when = parseExpression(cursor);
    cursor.expectWord('THEN');
    whens.push({ when, result: parseExpression(cursor) });
  } while (cursor.isWord('WHEN'));
  const otherwise = cursor.takeWords('ELSE') ? parseExpression(cursor) : undefined;
  cursor.expectWord('END');
  return { kind: 'case', at, ...(of && { of }), whens, ...(otherwise && { otherwise }) };
}
