import type { Expression, Name } from './ast.ts';
import type { Grouping, Query, QueryBody, Select, SelectItem, SetOperation } from './ast-query.ts';
import type { Cursor } from './cursor.ts';
import { refuse, unsupported } from './errors.ts';
import { parseOrder, parseWindow } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom } from './parse-from.ts';

/** Whether a query begins at that token, looking through parentheses. */
export function startsQuery(cursor: Cursor, ahead = 0): boolean {
  let at = ahead;
  while (cursor.isSymbol('(', at)) at += 1;
  if (cursor.peek(at).kind !== 'keyword') return false;
  return cursor.isWord('SELECT', at) || cursor.isWord('WITH', at);
}

export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const at = cursor.at;
    const named: { name: Name; query: Query }[] = [];
    if (cursor.takeWords('WITH')) {
      if (cursor.isWord('RECURSIVE')) unsupported(cursor.at, 'WITH RECURSIVE');
      cursor.list(() => {
        const name = cursor.name();
        cursor.expectWord('AS');
        cursor.expectSymbol('(');
        named.push({ name, query: parseQuery(cursor) });
        cursor.expectSymbol(')');
      });
    }
    const body = parseBody(cursor);
    const orderBy = cursor.takeWords('ORDER', 'BY') ? parseOrder(cursor) : [];
    let limit: Expression | undefined;
    let offset: Expression | undefined;
    if (cursor.takeWords('LIMIT')) {
      limit = parseCount(cursor);
      if (cursor.takeWords('OFFSET')) offset = parseCount(cursor);
    }
    if (cursor.isSymbol('|>')) unsupported(cursor.at, 'Pipe syntax');
    return {
      kind: 'query',
      at,
      with: named,
      body,
      orderBy,
      ...(limit && { limit }),
      ...(offset && { offset }),
    };
  });
}

function parseCount(cursor: Cursor): Expression {
  const { kind } = cursor.peek();
  if (kind !== 'integer' && kind !== 'parameter') cursor.unexpected();
  return parseExpression(cursor);
}

function parseBody(cursor: Cursor): QueryBody {
  const at = cursor.at;
  const first = parseOperand(cursor);
  let op: SetOperation['op'] | undefined;
  const parts = [first];
  for (;;) {
    const opAt = cursor.at;
    const word = (['UNION', 'INTERSECT', 'EXCEPT'] as const).find(known => cursor.takeWords(known));
    if (word === undefined) break;
    const all = cursor.takeWords('ALL');
    if (!all && !cursor.takeWords('DISTINCT')) cursor.expected('keyword ALL or keyword DISTINCT');
    if (all && word !== 'UNION') unsupported(opAt, `${word} ALL`);
    const found = `${word} ${all ? 'ALL' : 'DISTINCT'}` as SetOperation['op'];
    if (op !== undefined && (op !== found || op === 'EXCEPT DISTINCT'))
      refuse(
        opAt,
        'Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping',
      );
    op = found;
    if (['BY', 'CORRESPONDING', 'STRICT'].some(known => cursor.isWord(known)))
      unsupported(cursor.at, 'A set operation by name');
    parts.push(parseOperand(cursor));
  }
  return op === undefined ? first : { kind: 'set', at, op, parts };
}

function parseOperand(cursor: Cursor): QueryBody {
  if (!cursor.takeSymbol('(')) return parseSelect(cursor);
  const query = parseQuery(cursor);
  cursor.expectSymbol(')');
  return query;
}

function parseSelect(cursor: Cursor): Select {
  const at = cursor.at;
  if (!cursor.takeWords('SELECT')) cursor.expected('"(" or keyword SELECT or keyword WITH');
  if (cursor.areWords('WITH')) unsupported(cursor.at, 'SELECT WITH');
  const distinct = cursor.takeWords('DISTINCT');
  if (!distinct) cursor.takeWords('ALL');
  const as = cursor.takeWords('AS') ? parseAs(cursor) : undefined;
  if (cursor.isWord('FROM') || cursor.peek().kind === 'end')
    refuse(cursor.at, 'Syntax error: SELECT list must not be empty');
  const items = [parseItem(cursor)];
  while (cursor.takeSymbol(',')) {
    // One comma too many is allowed before FROM.
    if (endsItems(cursor)) break;
    items.push(parseItem(cursor));
  }
  const from = cursor.takeWords('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.takeWords('WHERE') ? parseExpression(cursor) : undefined;
  const groupBy = cursor.takeWords('GROUP', 'BY') ? parseGrouping(cursor) : undefined;
  const having = cursor.takeWords('HAVING') ? parseExpression(cursor) : undefined;
  const qualify = cursor.takeWords('QUALIFY') ? parseExpression(cursor) : undefined;
  const windows = cursor.takeWords('WINDOW')
    ? cursor.list(() => {
        const name = cursor.name();
        cursor.expectWord('AS');
        return { name, spec: parseWindow(cursor) };
      })
    : [];
  return {
    kind: 'select',
    at,
    distinct,
    ...(as && { as }),
    items,
    ...(from && { from }),
    ...(where && { where }),
    ...(groupBy && { groupBy }),
    ...(having && { having }),
    ...(qualify && { qualify }),
    windows,
  };
}

function endsItems(cursor: Cursor): boolean {
  return (
    cursor.isWord('FROM') || cursor.isSymbol(')') || cursor.peek().kind === 'end' || cursor.isSymbol(';')
  );
}

function parseAs(cursor: Cursor): 'STRUCT' | 'VALUE' {
  if (cursor.takeWords('STRUCT')) return 'STRUCT';
  if (cursor.takeWords('VALUE')) return 'VALUE';
  return unsupported(cursor.at, 'SELECT AS a type');
}

function parseItem(cursor: Cursor): SelectItem {
  const at = cursor.at;
  if (cursor.isSymbol('*')) return { at, star: parseStar(cursor) };
  const expression = parseExpression(cursor);
  if (cursor.isSymbol('.') && cursor.isSymbol('*', 1)) {
    cursor.next();
    return { at, star: { ...parseStar(cursor), of: expression } };
  }
  const alias = cursor.alias();
  return { at, expression, ...(alias && { alias }) };
}

function parseStar(cursor: Cursor): NonNullable<SelectItem['star']> {
  cursor.expectSymbol('*');
  const excepts = cursor.isWord('EXCEPT') && cursor.isSymbol('(', 1);
  if (excepts) cursor.next();
  const except = excepts ? cursor.inParentheses(() => cursor.name()) : [];
  const replace = cursor.takeWords('REPLACE')
    ? cursor.inParentheses(() => {
        const value = parseExpression(cursor);
        cursor.expectWord('AS');
        return { name: cursor.name(), value };
      })
    : [];
  return { except, replace };
}

function parseGrouping(cursor: Cursor): Grouping {
  if (cursor.takeWords('ALL')) return { kind: 'all' };
  for (const kind of ['ROLLUP', 'CUBE'] as const) {
    if (!cursor.isWord(kind) || !cursor.isSymbol('(', 1)) continue;
    cursor.next();
    return { kind, items: cursor.inParentheses(() => parseExpression(cursor)) };
  }
  if (cursor.areWords('GROUPING', 'SETS')) {
    cursor.next();
    cursor.next();
    const sets = cursor.inParentheses(() => {
      if (!cursor.takeSymbol('(')) return [parseExpression(cursor)];
      const items = cursor.isSymbol(')') ? [] : cursor.list(() => parseExpression(cursor));
      cursor.expectSymbol(')');
      return items;
    });
    return { kind: 'SETS', sets };
  }
  return { kind: 'items', items: cursor.list(() => parseExpression(cursor)) };
}
