import { refuse } from './errors.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};
const CODED: readonly (readonly [letter: RegExp, digits: RegExp, radix: number])[] = [
  [/[xX]/, /^[0-9a-fA-F]{2}/, 16],
  [/u/, /^[0-9a-fA-F]{4}/, 16],
  [/U/, /^[0-9a-fA-F]{8}/, 16],
  [/[0-3]/, /^[0-3][0-7]{2}/, 8],
];

interface Literal {
  /** Of bytes: one character for each byte. */
  readonly value: string;
  readonly bytes: boolean;
  /** The offset after the closing quote. */
  readonly end: number;
}

/** Reads a string, bytes literal or quoted name that begins at `start` with prefix and quote as in `opening`. */
export function readLiteral(text: string, start: number, opening: string): Literal {
  const prefix = /^[a-z]*/i.exec(opening)![0].toLowerCase();
  const quote = opening.slice(prefix.length);
  const raw = prefix.includes('r');
  const bytes = prefix.includes('b');
  const what = quote === '`' ? 'identifier' : bytes ? 'bytes literal' : 'string literal';
  let value = '';
  let at = start + opening.length;
  while (!text.startsWith(quote, at)) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (at >= text.length || (quote.length === 1 && /[\r\n]/.test(character)))
      refuse(start, `Syntax error: Unclosed ${quote.length === 3 ? 'triple-quoted ' : ''}${what}`);
    if (character !== '\\') {
      value += bytes ? Buffer.from(character).toString('latin1') : character === '\r' ? '\n' : character;
      at += character === '\r' && text[at + 1] === '\n' ? 2 : character.length;
    } else if (raw) {
      value += text.slice(at, at + 2);
      at += 2;
    } else {
      const escaped = readEscape(text, at, bytes, what);
      value += escaped.value;
      at = escaped.end;
    }
  }
  return { value, bytes, end: at + quote.length };
}

function readEscape(text: string, at: number, bytes: boolean, what: string): { value: string; end: number } {
  const letter = text[at + 1] ?? '';
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { value: simple, end: at + 2 };
  for (const [known, digits, radix] of CODED) {
    if (!known.test(letter) || (bytes && /u/i.test(letter))) continue;
    const from = radix === 8 ? at + 1 : at + 2;
    const written = digits.exec(text.slice(from, from + 8))?.[0];
    const code = Number.parseInt(written ?? '', radix);
    if (written === undefined || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      refuse(at, `Syntax error: Illegal escape sequence: \\${letter}`);
    return { value: String.fromCodePoint(code), end: from + written!.length };
  }
  return refuse(at, `Syntax error: Illegal escape sequence: \\${letter} in ${what}`);
}
