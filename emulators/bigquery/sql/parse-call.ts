import type { Call, Expression, FrameBound, Name, OrderItem, WindowSpec } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { refuse, unsupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';

/** From the opening parenthesis of a call to the end of its OVER clause. */
export function parseArguments(cursor: Cursor, at: number, path: readonly Name[]): Call {
  const words = path.map(({ text }) => text.toUpperCase());
  const safe = words.length > 1 && words[0] === 'SAFE';
  const name = (safe ? words.slice(1) : words).join('.');
  cursor.expectSymbol('(');
  const distinct = cursor.takeWords('DISTINCT');
  const star = cursor.isSymbol('*') && name === 'COUNT';
  if (star) cursor.next();
  const args: Expression[] = [];
  const named: { name: Name; value: Expression }[] = [];
  if (!star && !endsArguments(cursor)) {
    cursor.list(() => {
      if (cursor.isName() && cursor.isSymbol('=>', 1)) {
        const label = cursor.name();
        cursor.next();
        named.push({ name: label, value: parseExpression(cursor) });
      } else if (named.length > 0)
        refuse(cursor.at, 'Syntax error: Positional arguments must come before named arguments');
      else args.push(parseArgument(cursor));
    });
  }
  const having = cursor.takeWords('HAVING') ? parseHaving(cursor) : undefined;
  const nulls = parseNulls(cursor);
  const orderBy = cursor.takeWords('ORDER', 'BY') ? parseOrder(cursor) : [];
  const limit = cursor.takeWords('LIMIT') ? parseExpression(cursor) : undefined;
  cursor.expectSymbol(')');
  const over = cursor.takeWords('OVER') ? parseOver(cursor) : undefined;
  return {
    kind: 'call',
    at,
    name,
    safe,
    star,
    distinct,
    args,
    named,
    orderBy,
    ...(having && { having }),
    ...(nulls && { nulls }),
    ...(limit && { limit }),
    ...(over && { over }),
  };
}

/** An expression, or a reserved word that some functions take as a keyword. */
function parseArgument(cursor: Cursor): Expression {
  if (cursor.isWord('SELECT') || cursor.isWord('WITH')) cursor.unexpected();
  return parseExpression(cursor);
}

function endsArguments(cursor: Cursor): boolean {
  return cursor.isSymbol(')') || cursor.areWords('ORDER', 'BY');
}

function parseNulls(cursor: Cursor): 'IGNORE' | 'RESPECT' | undefined {
  for (const word of ['IGNORE', 'RESPECT'] as const) if (cursor.takeWords(word, 'NULLS')) return word;
  return undefined;
}

function parseHaving(cursor: Cursor): { max: boolean; expression: Expression } {
  const max = cursor.takeWords('MAX');
  if (!max) cursor.expectWord('MIN');
  return { max, expression: parseExpression(cursor) };
}

/** What follows ORDER BY. */
export function parseOrder(cursor: Cursor): OrderItem[] {
  return cursor.list(() => {
    const expression = parseExpression(cursor);
    if (cursor.isWord('COLLATE')) unsupported(cursor.at, 'COLLATE');
    const descending = cursor.takeWords('DESC');
    if (!descending) cursor.takeWords('ASC');
    const nulls = cursor.takeWords('NULLS') ? parsePlace(cursor) : undefined;
    return { expression, descending, ...(nulls && { nulls }) };
  });
}

function parsePlace(cursor: Cursor): 'FIRST' | 'LAST' {
  if (cursor.takeWords('FIRST')) return 'FIRST';
  cursor.expectWord('LAST');
  return 'LAST';
}

/** What follows OVER: a window's name, or its definition. */
function parseOver(cursor: Cursor): WindowSpec {
  if (!cursor.isName()) return parseWindow(cursor);
  const base = cursor.name();
  return { at: base.at, base, partitionBy: [], orderBy: [] };
}

/** `(…)` after OVER or `name AS`. */
export function parseWindow(cursor: Cursor): WindowSpec {
  const at = cursor.at;
  cursor.expectSymbol('(');
  const base = cursor.isName() ? cursor.name() : undefined;
  const partitionBy = cursor.takeWords('PARTITION', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
  const orderBy = cursor.takeWords('ORDER', 'BY') ? parseOrder(cursor) : [];
  const unit = (['ROWS', 'RANGE'] as const).find(word => cursor.takeWords(word));
  let frame: WindowSpec['frame'];
  if (unit !== undefined) {
    const between = cursor.takeWords('BETWEEN');
    const from = parseBound(cursor);
    if (between) cursor.expectWord('AND');
    frame = { unit, from, ...(between && { to: parseBound(cursor) }) };
  }
  cursor.expectSymbol(')');
  return { at, ...(base && { base }), partitionBy, orderBy, ...(frame && { frame }) };
}

function parseBound(cursor: Cursor): FrameBound {
  const at = cursor.at;
  if (cursor.takeWords('CURRENT', 'ROW')) return { at, kind: 'CURRENT ROW' };
  if (cursor.takeWords('UNBOUNDED')) {
    if (cursor.takeWords('PRECEDING')) return { at, kind: 'UNBOUNDED PRECEDING' };
    cursor.expectWord('FOLLOWING');
    return { at, kind: 'UNBOUNDED FOLLOWING' };
  }
  const offset = parseExpression(cursor);
  if (cursor.takeWords('PRECEDING')) return { at, kind: 'PRECEDING', offset };
  cursor.expectWord('FOLLOWING');
  return { at, kind: 'FOLLOWING', offset };
}
