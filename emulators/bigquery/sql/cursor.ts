import type { Name } from './ast.ts';
import { refuse } from './errors.ts';
import { type Token, tokens } from './lexer.ts';

/** Deeper nesting than this is refused before it can exhaust the stack. */
const DEEPEST = 150;

/** Walks the tokens of one statement text; its errors are worded as BigQuery's. */
export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #parameters = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokens(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** The offset where the next token begins. */
  get at(): number {
    return this.peek().start;
  }

  /** Where the token taken last ends. */
  get end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  /** The number of the next `?`, from 0. */
  nextParameter(): number {
    return this.#parameters++;
  }

  /** Whether the next token is this word (reserved or not, in any case). */
  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'keyword' || token.kind === 'name') && token.text.toUpperCase() === word;
  }

  /** Whether these words follow. */
  areWords(...words: string[]): boolean {
    return words.every((word, index) => this.isWord(word, index));
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Takes all of these words, or none. */
  takeWords(...words: string[]): boolean {
    if (!this.areWords(...words)) return false;
    this.#at += words.length;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at += 1;
    return true;
  }

  expectWord(...words: string[]): void {
    for (const word of words) if (!this.takeWords(word)) this.expected(`keyword ${word}`);
  }

  expectSymbol(symbol: string): void {
    // The lexer reads `>>` as one symbol; two types may end there.
    if (symbol === '>' && this.isSymbol('>>')) {
      const token = this.peek();
      (this.#tokens as Token[]).splice(
        this.#at,
        1,
        { ...token, text: '>', end: token.start + 1 },
        { ...token, text: '>', start: token.start + 1 },
      );
    }
    if (!this.takeSymbol(symbol)) this.expected(`"${symbol}"`);
  }

  isName(ahead = 0): boolean {
    const { kind } = this.peek(ahead);
    return kind === 'name' || kind === 'quoted';
  }

  /** A name; reserved words must be quoted. */
  name(): Name {
    if (!this.isName()) this.unexpected();
    const token = this.next();
    return { at: token.start, text: token.text };
  }

  /** `[AS] name`, if there is one. */
  alias(): Name | undefined {
    if (this.takeWords('AS')) return this.name();
    return this.isName() ? this.name() : undefined;
  }

  /** Things parted by commas. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeSymbol(',')) items.push(item());
    return items;
  }

  /** Things parted by commas, in parentheses. */
  inParentheses<T>(item: () => T): T[] {
    this.expectSymbol('(');
    const items = this.list(item);
    this.expectSymbol(')');
    return items;
  }

  /** Guards recursion. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) refuse(this.at, 'Resources exceeded: the query is too deeply nested');
    try {
      return parse();
    } finally {
      this.#depth -= 1;
    }
  }

  expected(what: string): never {
    return refuse(this.at, `Syntax error: Expected ${what} but got ${describe(this.peek())}`);
  }

  unexpected(): never {
    return refuse(this.at, `Syntax error: Unexpected ${describe(this.peek())}`);
  }
}

function describe(token: Token): string {
  const { kind, text } = token;
  if (kind === 'end') return 'end of statement';
  if (kind === 'keyword') return `keyword ${text}`;
  if (kind === 'name') return `identifier ${JSON.stringify(text)}`;
  if (kind === 'quoted') return `identifier \`${text}\``;
  if (kind === 'integer') return `integer literal "${text}"`;
  if (kind === 'float') return `floating point literal "${text}"`;
  if (kind === 'string') return `string literal ${JSON.stringify(text)}`;
  if (kind === 'bytes') return 'bytes literal';
  if (kind === 'parameter') return text === '' ? '"?"' : `"@${text}"`;
  return `"${text}"`;
}
