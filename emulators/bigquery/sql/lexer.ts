import { refuse } from './errors.ts';
import { RESERVED } from './keywords.ts';
import { readLiteral } from './strings.ts';

export interface Token {
  /** `keyword` is reserved, `name` is not; `quoted` stood in backticks. */
  readonly kind:
    | 'keyword'
    | 'name'
    | 'quoted'
    | 'integer'
    | 'float'
    | 'string'
    | 'bytes'
    | 'symbol'
    | 'parameter'
    | 'end';
  /** A keyword in capitals; a literal's contents (of bytes, one character each); a parameter's name, or '' for `?`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=|>=|!=|<>|<<|>>|\|\||=>|->|\|>|@@|[-+*/~&|^<>=!.,;:()[\]{}@?]/y;
const QUOTE = /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')/y;

/** Cuts a statement into tokens; the last is `end`. Throws Refusal. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const take = (kind: Token['kind'], length: number, contents = text.slice(at, at + length)): void => {
    found.push({ kind, text: contents, start: at, end: at + length });
    at += length;
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    if (text.startsWith('/*', at)) refuse(at, 'Syntax error: Unclosed comment');
    const quote = match(QUOTE);
    if (quote !== undefined) {
      const { value, bytes, end } = readLiteral(text, at, quote);
      take(bytes ? 'bytes' : 'string', end - at, value);
      continue;
    }
    if (text[at] === '`') {
      const { value, end } = readLiteral(text, at, '`');
      if (value === '') refuse(at, 'Syntax error: Invalid empty identifier');
      take('quoted', end - at, value);
      continue;
    }
    const name = match(NAME);
    if (name !== undefined) {
      const capitals = name.toUpperCase();
      // After a dot every word is a name: `t.order`.
      const afterDot = found.at(-1)?.text === '.' && found.at(-1)?.kind === 'symbol';
      if (RESERVED.has(capitals) && !afterDot) take('keyword', name.length, capitals);
      else take('name', name.length);
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      take(/^0[xX]|^\d+$/.test(number) ? 'integer' : 'float', number.length);
      const next = match(NAME);
      if (next !== undefined && !(found.at(-2)?.text === '-' || found.at(-2)?.text === '.'))
        refuse(at, 'Syntax error: Missing whitespace between literal and alias');
      continue;
    }
    if (text[at] === '?') {
      take('parameter', 1, '');
      continue;
    }
    const symbol = match(SYMBOL);
    if (symbol === '@') {
      at += 1;
      const parameter = match(NAME) ?? refuse(at - 1, 'Syntax error: Unexpected "@"');
      at -= 1;
      take('parameter', parameter.length + 1, parameter);
      continue;
    }
    if (symbol === undefined)
      refuse(
        at,
        `Syntax error: Illegal input character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`,
      );
    take('symbol', symbol!.length);
  }
  found.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return found;
}
