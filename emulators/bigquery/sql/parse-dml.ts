import type { Expression, Name } from './ast.ts';
import type { Path } from './ast-query.ts';
import type { Assignment, MergeAction, MergeWhen, StatementTree } from './ast-statement.ts';
import type { Cursor } from './cursor.ts';
import { refuse } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom, parsePath } from './parse-from.ts';
import { parseQuery, startsQuery } from './parse-query.ts';

/** A word that stands for a column's default: kept as a name that no column can have. */
const DEFAULT = 'DEFAULT';

function parseValue(cursor: Cursor): Expression {
  const at = cursor.at;
  if (cursor.takeWords('DEFAULT')) return { kind: 'literal', at, type: 'NULL', value: DEFAULT };
  return parseExpression(cursor);
}

const names = (cursor: Cursor): Name[] => cursor.inParentheses(() => cursor.name());

export function parseInsert(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('INSERT');
  cursor.takeWords('INTO');
  const target = parsePath(cursor);
  const columns = cursor.isSymbol('(') && !startsQuery(cursor, 1) ? names(cursor) : undefined;
  const into = { kind: 'insert' as const, at, target, ...(columns && { columns }) };
  if (cursor.takeWords('VALUES'))
    return { ...into, rows: cursor.list(() => cursor.inParentheses(() => parseValue(cursor))) };
  if (!startsQuery(cursor)) cursor.expected('keyword VALUES or a query');
  return { ...into, query: parseQuery(cursor) };
}

function parseTarget(cursor: Cursor): { target: Path; alias?: Name } {
  const target = parsePath(cursor);
  const alias =
    cursor.isWord('SET') || cursor.isWord('USING') || cursor.isWord('WHERE') ? undefined : cursor.alias();
  return { target, ...(alias && { alias }) };
}

function parseAssignments(cursor: Cursor): Assignment[] {
  return cursor.list(() => {
    const at = cursor.at;
    if (cursor.isSymbol('(')) cursor.unexpected();
    const path = [cursor.name()];
    while (cursor.takeSymbol('.')) path.push(cursor.name());
    cursor.expectSymbol('=');
    if (cursor.takeWords('DEFAULT')) return { at, path };
    return { at, path, value: parseExpression(cursor) };
  });
}

export function parseUpdate(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('UPDATE');
  const target = parseTarget(cursor);
  cursor.expectWord('SET');
  const set = parseAssignments(cursor);
  const from = cursor.takeWords('FROM') ? parseFrom(cursor) : undefined;
  if (!cursor.isWord('WHERE')) refuse(at, 'UPDATE must have a WHERE clause');
  cursor.next();
  return { kind: 'update', at, ...target, set, ...(from && { from }), where: parseExpression(cursor) };
}

export function parseDelete(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('DELETE');
  cursor.takeWords('FROM');
  const target = parseTarget(cursor);
  if (!cursor.isWord('WHERE')) refuse(at, 'DELETE must have a WHERE clause');
  cursor.next();
  return { kind: 'delete', at, ...target, where: parseExpression(cursor) };
}

export function parseTruncate(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('TRUNCATE', 'TABLE');
  return { kind: 'truncate', at, target: parsePath(cursor) };
}

export function parseMerge(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('MERGE');
  cursor.takeWords('INTO');
  const target = parseTarget(cursor);
  cursor.expectWord('USING');
  const source = parseFrom(cursor);
  cursor.expectWord('ON');
  const on = parseExpression(cursor);
  const whens: MergeWhen[] = [];
  do whens.push(parseWhen(cursor));
  while (cursor.isWord('WHEN'));
  return { kind: 'merge', at, ...target, source, on, whens };
}

function parseWhen(cursor: Cursor): MergeWhen {
  const at = cursor.at;
  cursor.expectWord('WHEN');
  let matched: MergeWhen['matched'] = 'MATCHED';
  if (cursor.takeWords('NOT', 'MATCHED')) {
    matched = 'NOT MATCHED';
    if (cursor.takeWords('BY', 'SOURCE')) matched = 'NOT MATCHED BY SOURCE';
    else if (cursor.takeWords('BY')) cursor.expectWord('TARGET');
  } else cursor.expectWord('MATCHED');
  const and = cursor.takeWords('AND') ? parseExpression(cursor) : undefined;
  cursor.expectWord('THEN');
  const actionAt = cursor.at;
  const action = parseAction(cursor);
  if ((action.kind === 'insert') !== (matched === 'NOT MATCHED'))
    refuse(actionAt, `${action.kind.toUpperCase()} is not allowed in a WHEN ${matched} clause`);
  return { at, matched, ...(and && { and }), action };
}

function parseAction(cursor: Cursor): MergeAction {
  if (cursor.takeWords('DELETE')) return { kind: 'delete' };
  if (cursor.takeWords('UPDATE')) {
    cursor.expectWord('SET');
    return { kind: 'update', set: parseAssignments(cursor) };
  }
  cursor.expectWord('INSERT');
  const columns = cursor.isSymbol('(') ? names(cursor) : undefined;
  if (cursor.takeWords('ROW')) return { kind: 'insert', ...(columns && { columns }), row: 'ROW' };
  cursor.expectWord('VALUES');
  return { kind: 'insert', ...(columns && { columns }), row: cursor.inParentheses(() => parseValue(cursor)) };
}
