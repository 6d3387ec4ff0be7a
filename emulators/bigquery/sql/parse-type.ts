import type { TypeName } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** `INT64`, `ARRAY<T>`, `STRUCT<a T, T>`, `NUMERIC(10, 2)`. */
export function parseType(cursor: Cursor): TypeName {
  return cursor.nested(() => {
    const at = cursor.at;
    if (cursor.takeWords('ARRAY')) {
      cursor.expectSymbol('<');
      const element = parseType(cursor);
      cursor.expectSymbol('>');
      return { at, name: 'ARRAY', element };
    }
    if (cursor.takeWords('STRUCT')) {
      cursor.expectSymbol('<');
      const fields =
        cursor.isSymbol('>') || cursor.isSymbol('>>') ? [] : cursor.list(() => parseField(cursor));
      cursor.expectSymbol('>');
      return { at, name: 'STRUCT', fields };
    }
    const name = cursor.isWord('INTERVAL') ? cursor.next().text : cursor.name().text.toUpperCase();
    if (!cursor.isSymbol('(')) return { at, name };
    const parameters = cursor.inParentheses(() => {
      if (cursor.peek().kind !== 'integer' && !cursor.isWord('MAX')) cursor.unexpected();
      return cursor.next().text;
    });
    return { at, name, parameters };
  });
}

function parseField(cursor: Cursor): { name?: string; type: TypeName } {
  const named =
    cursor.isName() && (cursor.isName(1) || cursor.isWord('ARRAY', 1) || cursor.isWord('STRUCT', 1));
  if (!named) return { type: parseType(cursor) };
  const name = cursor.name().text;
  return { name, type: parseType(cursor) };
}
