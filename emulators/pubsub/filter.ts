import { invalidArgument } from '../grpc/errors.ts';

type Attributes = Readonly<Record<string, string>>;
export type Matches = (attributes: Attributes) => boolean;

const MOST_BYTES = 256;
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(!=|[():.,=])|([A-Za-z0-9_-]+))/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const JOINS: Readonly<Record<string, (terms: readonly Matches[]) => Matches>> = {
  AND: terms => attributes => terms.every(term => term(attributes)),
  OR: terms => attributes => terms.some(term => term(attributes)),
};

interface Token {
  readonly text: string;
  readonly at: number;
}

/**
 * Compiles a subscription filter; throws INVALID_ARGUMENT with the place of the mistake. Knows `attributes:KEY`,
 * `attributes.KEY = "v"`, `!=` (true also without the key), `hasPrefix(attributes.KEY, "v")`, NOT or `-`, AND, OR and
 * parentheses, which joining AND with OR requires.
 * {@link https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax}
 */
export function compileFilter(source: string): Matches {
  const bytes = Buffer.byteLength(source);
  if (bytes > MOST_BYTES) throw invalidArgument(`A filter may have ${MOST_BYTES} bytes (this has ${bytes}).`);
  return new Parser(source).whole();
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokens(source);
  }

  whole(): Matches {
    const matches = this.#joined();
    if (this.#peek() !== undefined) throw this.#expected('AND, OR or the end');
    return matches;
  }

  #joined(): Matches {
    const terms = [this.#negated()];
    const word = this.#peek() ?? '';
    const join = JOINS[word];
    if (!join) return terms[0]!;
    while (this.#take(word)) terms.push(this.#negated());
    if (JOINS[this.#peek() ?? '']) throw this.#expected('parentheses around AND and OR that stand together');
    return join(terms);
  }

  #negated(): Matches {
    if (!this.#take('NOT') && !this.#takeMinus()) return this.#term();
    const term = this.#term();
    return attributes => !term(attributes);
  }

  #term(): Matches {
    if (this.#take('(')) {
      const inner = this.#joined();
      this.#must(')');
      return inner;
    }
    if (this.#take('hasPrefix')) {
      this.#must('(');
      const key = this.#attribute();
      this.#must(',');
      const prefix = this.#string();
      this.#must(')');
      return attributes => attributeOf(attributes, key)?.startsWith(prefix) ?? false;
    }
    if (this.#peek() === 'attributes' && this.#tokens[this.#next + 1]?.text === ':') {
      this.#next += 2;
      const key = this.#key();
      return attributes => attributeOf(attributes, key) !== undefined;
    }
    const key = this.#attribute();
    const negative = this.#take('!=');
    if (!negative) this.#must('=');
    const value = this.#string();
    return attributes => (attributeOf(attributes, key) === value) !== negative;
  }

  #attribute(): string {
    this.#must('attributes');
    this.#must('.');
    return this.#key();
  }

  #key(): string {
    const text = this.#peek();
    if (text?.startsWith('"')) return this.#string();
    if (text === undefined || !/^[A-Za-z0-9_-]+$/.test(text)) throw this.#expected('the key of an attribute');
    this.#next++;
    return text;
  }

  #string(): string {
    const text = this.#peek();
    if (!text?.startsWith('"')) throw this.#expected('a string in double quotes');
    this.#next++;
    return unescaped(text.slice(1, -1));
  }

  /** A minus is part of the word behind it: keys may hold one too. */
  #takeMinus(): boolean {
    const token = this.#tokens[this.#next];
    if (!token?.text.startsWith('-')) return false;
    const rest = token.text.slice(1);
    if (rest === '') this.#next++;
    else (this.#tokens as Token[])[this.#next] = { text: rest, at: token.at + 1 };
    return true;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next]?.text;
  }

  #take(text: string): boolean {
    if (this.#peek() !== text) return false;
    this.#next++;
    return true;
  }

  #must(text: string): void {
    if (!this.#take(text)) throw this.#expected(text);
  }

  #expected(what: string): Error {
    return mistake(this.#source, this.#tokens[this.#next]?.at ?? this.#source.length, `expected ${what}`);
  }
}

/** Not what every object inherits, such as `constructor`. */
const attributeOf = (attributes: Attributes, key: string): string | undefined =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;

function tokens(source: string): Token[] {
  const found: Token[] = [];
  const end = source.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw mistake(source, from, 'unexpected character or string without an end');
    const text = match[1] ?? match[2] ?? match[3]!;
    found.push({ text, at: TOKEN.lastIndex - text.length });
  }
  return found;
}

function unescaped(text: string): string {
  return text.replace(
    ESCAPE,
    (_, hex?: string, short?: string, long?: string, octal?: string, simple?: string) => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return String.fromCodePoint(Number.parseInt(digits, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      return SIMPLE_ESCAPES[simple!] ?? simple!;
    },
  );
}

const mistake = (source: string, at: number, what: string): Error =>
  invalidArgument(`Invalid filter given (filter=${source}): ${what} at character ${at + 1}.`);
