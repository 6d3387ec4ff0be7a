import type { Name } from './ast.ts';
import type { FromItem, Path } from './ast-query.ts';
import type { Cursor } from './cursor.ts';
import { refuse, unsupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuery, startsQuery } from './parse-query.ts';

/** What follows FROM: tables, subqueries and arrays, joined. */
export function parseFrom(cursor: Cursor): FromItem {
  let left = parseJoins(cursor);
  while (cursor.isSymbol(',')) {
    const at = cursor.next().start;
    left = { kind: 'join', at, type: 'CROSS', left, right: parseJoins(cursor) };
  }
  return left;
}

function parseJoins(cursor: Cursor): FromItem {
  let left = parseItem(cursor);
  for (;;) {
    const at = cursor.at;
    if (cursor.isWord('NATURAL')) unsupported(at, 'NATURAL JOIN');
    const type = (['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'] as const).find(word => cursor.takeWords(word));
    if (type === undefined && !cursor.isWord('JOIN')) return left;
    if (type !== undefined && type !== 'INNER' && type !== 'CROSS') cursor.takeWords('OUTER');
    cursor.expectWord('JOIN');
    const right = parseItem(cursor);
    if (type === 'CROSS') {
      left = { kind: 'join', at, type, left, right };
    } else if (cursor.takeWords('ON')) {
      left = { kind: 'join', at, type: type ?? 'INNER', left, right, on: parseExpression(cursor) };
    } else if (cursor.takeWords('USING')) {
      left = {
        kind: 'join',
        at,
        type: type ?? 'INNER',
        left,
        right,
        using: cursor.inParentheses(() => cursor.name()),
      };
    } else if (right.kind === 'unnest' || right.kind === 'table') {
      // A join with an array of the row needs no condition; the analyser refuses tables here.
      left = { kind: 'join', at, type: type ?? 'INNER', left, right };
    } else refuse(at, `${type ?? 'INNER'} JOIN must have an immediately following ON or USING clause`);
  }
}

function parseItem(cursor: Cursor): FromItem {
  const item = parsePlainItem(cursor);
  if (cursor.isWord('TABLESAMPLE')) unsupported(cursor.at, 'TABLESAMPLE');
  if (cursor.isWord('PIVOT') || cursor.isWord('UNPIVOT'))
    unsupported(cursor.at, cursor.peek().text.toUpperCase());
  return item;
}

function parsePlainItem(cursor: Cursor): FromItem {
  const at = cursor.at;
  if (cursor.takeWords('UNNEST')) {
    cursor.expectSymbol('(');
    const array = parseExpression(cursor);
    if (cursor.isSymbol(',')) unsupported(cursor.at, 'UNNEST of several arrays');
    cursor.expectSymbol(')');
    return { kind: 'unnest', at, array, ...aliases(cursor) };
  }
  if (cursor.isSymbol('(')) {
    if (startsQuery(cursor, 1) && isQuery(cursor)) {
      cursor.next();
      const query = parseQuery(cursor);
      cursor.expectSymbol(')');
      const alias = aliasOf(cursor);
      return { kind: 'query', at, query, ...(alias && { alias }) };
    }
    cursor.next();
    const inner = cursor.nested(() => parseFrom(cursor));
    cursor.expectSymbol(')');
    return inner;
  }
  const path = parsePath(cursor);
  if (cursor.isSymbol('(')) unsupported(at, 'A table function');
  const names = aliases(cursor);
  if (cursor.areWords('FOR', 'SYSTEM_TIME')) unsupported(cursor.at, 'FOR SYSTEM_TIME AS OF');
  return { kind: 'table', at, path, ...names };
}

/** Tells `((SELECT 1) LIMIT 1)` from `((SELECT 1) JOIN …)` by what follows the inner parenthesis. */
function isQuery(cursor: Cursor): boolean {
  if (!cursor.isSymbol('(', 1)) return true;
  let depth = 0;
  for (let ahead = 1; cursor.peek(ahead).kind !== 'end'; ahead += 1) {
    if (cursor.isSymbol('(', ahead)) depth += 1;
    else if (cursor.isSymbol(')', ahead)) depth -= 1;
    if (depth > 0) continue;
    const ends = ['UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT'].some(word =>
      cursor.isWord(word, ahead + 1),
    );
    return ends || cursor.isSymbol(')', ahead + 1);
  }
  return false;
}

/** PIVOT and UNPIVOT are no reserved words, but no aliases here. */
const aliasOf = (cursor: Cursor): Name | undefined =>
  (cursor.isWord('PIVOT') || cursor.isWord('UNPIVOT')) && cursor.isSymbol('(', 1)
    ? undefined
    : cursor.alias();

function aliases(cursor: Cursor): Pick<FromItem & { kind: 'unnest' }, 'alias' | 'offset'> {
  const alias = cursor.areWords('WITH', 'OFFSET') ? undefined : aliasOf(cursor);
  if (!cursor.areWords('WITH', 'OFFSET')) return { ...(alias && { alias }) };
  const at = cursor.next().start;
  cursor.next();
  const offset = cursor.alias() ?? { at, text: 'offset' };
  return { ...(alias && { alias }), offset };
}

/** `dataset.table`, `` `project.dataset.table` ``, `my-project.dataset.table`. */
export function parsePath(cursor: Cursor): Path {
  const at = cursor.at;
  const parts: string[] = [];
  do {
    const quoted = cursor.peek().kind === 'quoted';
    let part = cursor.name().text;
    if (quoted) parts.push(...part.split('.'));
    else {
      // The first part may be a project id with dashes.
      while (parts.length === 0 && cursor.isSymbol('-') && cursor.at === cursor.end) {
        cursor.next();
        const token = cursor.peek();
        if (token.start !== cursor.end || !['name', 'keyword', 'integer'].includes(token.kind))
          cursor.unexpected();
        part += `-${cursor.text.slice(token.start, token.end)}`;
        cursor.next();
      }
      parts.push(part);
    }
  } while (cursor.takeSymbol('.'));
  return { at, parts };
}
