import { type Position, RulesError } from './errors.ts';

export interface Token {
  readonly kind: 'name' | 'int' | 'float' | 'string' | 'bytes' | 'symbol' | 'end';
  /** As written; of a string its contents. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+\.\d+|\.\d+|\d+)/y;
const SYMBOL = /==|!=|<=|>=|&&|\|\||--|\+\+|\*\*|[-+*/%<>!=?:;,.(){}[\]$]/y;
const STRING = /b?(?:'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|([\s\S]))/g;
const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
/** What a path may say of a segment without `$(…)`. `(default)` is the name of a database. */
const SEGMENT = /\([A-Za-z0-9_-]+\)|[A-Za-z0-9_.~-]+/y;

/** Cuts a rules file into tokens on demand: only the parser knows whether a `/` divides or begins a path. */
export class Lexer {
  readonly #source: string;
  readonly #file: string;
  /** Where each line begins. */
  readonly #lines: readonly number[];
  #at = 0;
  #peeked: Token | undefined;

  constructor(source: string, file: string) {
    this.#source = source;
    this.#file = file;
    this.#lines = [0, ...Array.from(source.matchAll(/\n/g), ({ index }) => index + 1)];
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    this.#at = token.end;
    return token;
  }

  /** The plain segment that follows at once, if there is one. */
  segment(): string | undefined {
    this.#peeked = undefined;
    return this.#match(SEGMENT, this.#at);
  }

  /** Where the token that was taken last ends. */
  get offset(): number {
    return this.#at;
  }

  /** Whether a space or a comment follows the token. */
  spaced(token: Token): boolean {
    return this.#match(SPACE, token.end, false) !== '';
  }

  position(offset: number): Position {
    const line = this.#lines.findLastIndex(start => start <= offset);
    return { line: line + 1, column: offset - this.#lines[line]! + 1 };
  }

  fail(offset: number, problem: string): never {
    throw new RulesError(this.#file, this.position(offset), problem);
  }

  #match(pattern: RegExp, at: number, move = true): string | undefined {
    pattern.lastIndex = at;
    const text = pattern.exec(this.#source)?.[0];
    if (text !== undefined && move) this.#at = at + text.length;
    return text;
  }

  #read(): Token {
    const start = this.#at + (this.#match(SPACE, this.#at, false)?.length ?? 0);
    const token = (kind: Token['kind'], written: string, text = written): Token => ({
      kind,
      text,
      start,
      end: start + written.length,
    });
    if (start >= this.#source.length) return token('end', '');
    const literal = this.#match(STRING, start, false);
    if (literal !== undefined) {
      const bytes = literal.startsWith('b');
      return token(bytes ? 'bytes' : 'string', literal, this.#contents(literal, start, bytes));
    }
    const name = this.#match(NAME, start, false);
    if (name !== undefined) return token('name', name);
    const number = this.#match(NUMBER, start, false);
    if (number !== undefined) return token(number.includes('.') ? 'float' : 'int', number);
    const symbol = this.#match(SYMBOL, start, false);
    if (symbol !== undefined) return token('symbol', symbol);
    const character = String.fromCodePoint(this.#source.codePointAt(start)!);
    if (character === "'" || character === '"')
      this.fail(start, `this string does not end on its line; close it with ${character}`);
    return this.fail(start, `${JSON.stringify(character)} means nothing here; remove it`);
  }

  /** Of bytes: one character for each. */
  #contents(literal: string, start: number, bytes: boolean): string {
    const written = literal.slice(bytes ? 2 : 1, -1);
    return (bytes ? Buffer.from(written).toString('latin1') : written).replace(
      ESCAPE,
      (_, hex?: string, unicode?: string, octal?: string, plain?: string) => {
        const code = hex ?? unicode;
        if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
        const character = SIMPLE[plain ?? ''];
        if (character !== undefined) return character;
        return this.fail(start, `\\${plain} is no escape; a backslash itself is written \\\\`);
      },
    );
  }
}
