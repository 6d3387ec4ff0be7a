import type { StatementTree } from './ast-statement.ts';
import { Cursor } from './cursor.ts';
import { refuse, unsupported } from './errors.ts';
import { parseAlter, parseCreate, parseDrop } from './parse-ddl.ts';
import { parseDelete, parseInsert, parseMerge, parseTruncate, parseUpdate } from './parse-dml.ts';
import { parseQuery, startsQuery } from './parse-query.ts';

const STATEMENTS: Readonly<Record<string, (cursor: Cursor) => StatementTree>> = {
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  MERGE: parseMerge,
  TRUNCATE: parseTruncate,
  CREATE: parseCreate,
  DROP: parseDrop,
  ALTER: parseAlter,
};

/** What BigQuery can run and this emulator cannot: scripting, transactions, procedures, rights. */
const ELSEWHERE =
  /^(?:DECLARE|SET|BEGIN|COMMIT|ROLLBACK|EXECUTE|CALL|LOOP|WHILE|REPEAT|FOR|IF|CASE|BREAK|LEAVE|CONTINUE|ITERATE|RAISE|RETURN|GRANT|REVOKE|EXPORT|LOAD|ASSERT|UNDROP|EXPLAIN)$/;

/** The statements of a text, parted by semicolons. Throws Refusal. */
export function parseStatements(text: string): StatementTree[] {
  const cursor = new Cursor(text);
  const statements: StatementTree[] = [];
  while (cursor.takeSymbol(';'));
  if (cursor.peek().kind === 'end') refuse(cursor.at, 'Syntax error: Unexpected end of statement');
  while (cursor.peek().kind !== 'end') {
    statements.push(parseStatement(cursor));
    if (!cursor.isSymbol(';') && cursor.peek().kind !== 'end') cursor.expected('end of input');
    while (cursor.takeSymbol(';'));
  }
  return statements;
}

function parseStatement(cursor: Cursor): StatementTree {
  const { at } = cursor;
  if (startsQuery(cursor)) return { kind: 'select', at, query: parseQuery(cursor) };
  const token = cursor.peek();
  const word = token.text.toUpperCase();
  const parse = token.kind === 'keyword' || token.kind === 'name' ? STATEMENTS[word] : undefined;
  if (parse) return parse(cursor);
  if (cursor.isName() || token.kind === 'keyword') {
    if (ELSEWHERE.test(word)) unsupported(at, `The statement ${word}`);
    if (cursor.takeWords('FROM')) unsupported(at, 'Pipe syntax');
  }
  return cursor.unexpected();
}
