import type { ColumnDefinition, Options, StatementTree } from './ast-statement.ts';
import type { Cursor } from './cursor.ts';
import { unsupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import { parsePath } from './parse-from.ts';
import { parseQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

const OTHERS =
  /^(?:FUNCTION|PROCEDURE|MODEL|EXTERNAL|SNAPSHOT|MATERIALIZED|AGGREGATE|TEMP|TEMPORARY|ROW|SEARCH|VECTOR|CAPACITY|RESERVATION|ASSIGNMENT|CONNECTION|INDEX|CLONE|BI_CAPACITY|ORGANIZATION|PROJECT)$/;

function refuseOthers(cursor: Cursor, verb: string): void {
  const word = cursor.peek().text.toUpperCase();
  if (OTHERS.test(word)) unsupported(cursor.at, `${verb} ${word}`);
}

export function parseCreate(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('CREATE');
  const replace = cursor.takeWords('OR', 'REPLACE');
  refuseOthers(cursor, 'CREATE');
  if (cursor.takeWords('SCHEMA')) {
    const ifExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    const target = parsePath(cursor);
    return { kind: 'create-schema', at, target, ifExists, options: parseOptions(cursor), cascade: false };
  }
  if (cursor.takeWords('VIEW')) {
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    const target = parsePath(cursor);
    if (cursor.isSymbol('(')) unsupported(cursor.at, 'A list of columns in CREATE VIEW');
    const options = parseOptions(cursor);
    cursor.expectWord('AS');
    const from = cursor.at;
    const query = parseQuery(cursor);
    return {
      kind: 'create-view',
      at,
      target,
      replace,
      ifNotExists,
      options,
      query,
      text: [from, cursor.end],
    };
  }
  cursor.expectWord('TABLE');
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
  const target = parsePath(cursor);
  for (const word of ['LIKE', 'COPY', 'CLONE'])
    if (cursor.isWord(word)) unsupported(cursor.at, `CREATE TABLE … ${word}`);
  const columns = cursor.isSymbol('(') ? parseColumns(cursor) : undefined;
  const partitionBy = cursor.takeWords('PARTITION', 'BY') ? parseExpression(cursor) : undefined;
  const clusterBy = cursor.takeWords('CLUSTER', 'BY') ? cursor.list(() => cursor.name()) : [];
  const options = parseOptions(cursor);
  const query = cursor.takeWords('AS') ? parseQuery(cursor) : undefined;
  if (!columns && !query) cursor.expected('"(" or keyword AS');
  return {
    kind: 'create-table',
    at,
    target,
    replace,
    ifNotExists,
    ...(columns && { columns }),
    ...(partitionBy && { partitionBy }),
    clusterBy,
    options,
    ...(query && { query }),
  };
}

function parseColumns(cursor: Cursor): ColumnDefinition[] {
  cursor.expectSymbol('(');
  const columns = [parseColumn(cursor)];
  while (cursor.takeSymbol(',')) {
    if (cursor.isSymbol(')')) break;
    if (cursor.areWords('PRIMARY', 'KEY') || cursor.areWords('FOREIGN', 'KEY') || cursor.isWord('CONSTRAINT'))
      unsupported(cursor.at, 'A table constraint');
    columns.push(parseColumn(cursor));
  }
  cursor.expectSymbol(')');
  return columns;
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  const { at } = cursor;
  const name = cursor.name();
  const type = parseType(cursor);
  let required = false;
  let description: string | undefined;
  let fallback: string | undefined;
  for (;;) {
    if (cursor.takeWords('NOT', 'NULL')) required = true;
    else if (cursor.isWord('OPTIONS')) {
      const option = parseOptions(cursor).find(each => each.name.text.toLowerCase() === 'description');
      if (option?.value.kind === 'literal' && option.value.type === 'STRING')
        description = option.value.value;
    } else if (cursor.takeWords('DEFAULT')) {
      const from = cursor.at;
      parseExpression(cursor);
      fallback = cursor.text.slice(from, cursor.end);
    } else if (cursor.isWord('COLLATE')) unsupported(cursor.at, 'COLLATE');
    else if (cursor.isWord('PRIMARY') || cursor.isWord('REFERENCES'))
      unsupported(cursor.at, 'A column constraint');
    else break;
  }
  return {
    at,
    name,
    type,
    required,
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { fallback }),
  };
}

export function parseOptions(cursor: Cursor): Options {
  if (!cursor.takeWords('OPTIONS')) return [];
  cursor.expectSymbol('(');
  if (cursor.takeSymbol(')')) return [];
  const options = cursor.list(() => {
    const name = cursor.name();
    cursor.expectSymbol('=');
    return { name, value: parseExpression(cursor) };
  });
  cursor.expectSymbol(')');
  return options;
}

export function parseDrop(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('DROP');
  refuseOthers(cursor, 'DROP');
  const what =
    (['TABLE', 'VIEW', 'SCHEMA'] as const).find(word => cursor.takeWords(word)) ??
    cursor.expected('keyword TABLE, VIEW or SCHEMA');
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  const target = parsePath(cursor);
  if (what !== 'SCHEMA') return { kind: 'drop', at, what, target, ifExists };
  const cascade = cursor.takeWords('CASCADE');
  if (!cascade) cursor.takeWords('RESTRICT');
  return { kind: 'drop-schema', at, target, ifExists, options: [], cascade };
}

export function parseAlter(cursor: Cursor): StatementTree {
  const at = cursor.at;
  cursor.expectWord('ALTER');
  if (!cursor.takeWords('TABLE')) unsupported(cursor.at, `ALTER ${cursor.peek().text.toUpperCase()}`);
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  const target = parsePath(cursor);
  if (!cursor.isWord('ADD')) unsupported(cursor.at, `ALTER TABLE … ${cursor.peek().text.toUpperCase()}`);
  const add = cursor.list(() => {
    cursor.expectWord('ADD', 'COLUMN');
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    return { ifNotExists, column: parseColumn(cursor) };
  });
  return { kind: 'alter-table', at, target, ifExists, add };
}
