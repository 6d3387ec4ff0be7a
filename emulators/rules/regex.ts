import { EvaluationError } from './errors.ts';

/** Within `[…]`, `[:name:]` of RE2. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** In RE2 these are of ASCII alone; of JavaScript's, only `\s` is wider. */
const ESCAPES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  b: '\\b',
  B: '\\B',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  f: '\\f',
  v: '\\v',
};

const TOKEN =
  /\\x\{(?<wide>[0-9a-fA-F]+)\}|\\x(?<hex>[0-9a-fA-F]{2})|\\(?<property>[pP](?:[A-Z]|\{\w+\}))|\\(?<letter>[\s\S])|\[:(?<name>\w+):\]|(?<group>\(\?[^)]?)|(?<other>[\s\S])/gu;
const FLAGS = /^\(\?([is]+)\)/;

/** The part of RE2 ({@link https://github.com/google/re2/wiki/Syntax}) that patterns of rules use, in JavaScript's words. */
function translate(pattern: string): { body: string; flags: string } {
  const flags = FLAGS.exec(pattern);
  const dot = flags?.[1]?.includes('s') ? '[\\s\\S]' : '[^\\n]';
  let inClass = false;
  /** Where the class begins. */
  let opened = 0;
  let body = '';
  for (const { 0: all, groups } of pattern.slice(flags?.[0].length ?? 0).matchAll(TOKEN)) {
    const { wide, hex, property, letter, name, group, other } = groups!;
    const code = wide ?? hex;
    if (code !== undefined) body += `\\u{${code}}`;
    else if (property !== undefined) body += property.length > 2 ? all : `\\${property[0]}{${property[1]}}`;
    else if (letter !== undefined) body += escaped(letter, inClass, pattern);
    else if (name !== undefined) body += named(name, inClass, pattern);
    else if (inClass) {
      // Right behind the bracket that opens, one that closes is a character.
      const first = /^\[\^?$/.test(body.slice(opened));
      inClass = other !== ']' || first;
      body += group !== undefined || (inClass && /[[\]]/.test(all)) ? all.replace(/[[\]]/, '\\$&') : all;
    } else {
      if (group !== undefined && group !== '(?:') refuse(pattern, `${group}…`);
      inClass = other === '[';
      opened = body.length;
      body += other === '.' ? dot : all;
    }
  }
  return { body, flags: flags?.[1]?.includes('i') ? 'ui' : 'u' };
}

function escaped(letter: string, inClass: boolean, pattern: string): string {
  const known = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (known !== undefined && !(inClass && known.startsWith('['))) return known;
  if (inClass && letter === 's') return CLASSES['space']!.replace('\\v', '');
  if (known !== undefined || /[A-Za-z0-9]/.test(letter)) refuse(pattern, `\\${letter}`);
  return `\\u{${letter.codePointAt(0)!.toString(16)}}`;
}

function named(name: string, inClass: boolean, pattern: string): string {
  const characters = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (!inClass || characters === undefined) return refuse(pattern, `[:${name}:]`);
  return characters;
}

function refuse(pattern: string, what: string): never {
  throw new EvaluationError(
    `the pattern '${pattern}' has ${what}, which is no RE2 or is not evaluated here; write it with plain groups, classes and repeats`,
  );
}

function compile(pattern: string, around: (body: string) => string, extra = ''): RegExp {
  const { body, flags } = translate(pattern);
  try {
    return new RegExp(around(body), flags + extra);
  } catch {
    throw new EvaluationError(`'${pattern}' is no regular expression`);
  }
}

/** @throws EvaluationError unless it can be evaluated */
export function checkPattern(pattern: string): void {
  compile(pattern, body => body);
}

/** Whether the pattern is of the whole text. */
export function matches(text: string, pattern: string): boolean {
  return compile(pattern, body => `^(?:${body})$`).test(text);
}

/** `$1` is the first group of the match, `\$` a dollar. */
export function replace(text: string, pattern: string, by: string): string {
  return text.replace(
    compile(pattern, body => body, 'g'),
    (...match: string[]) =>
      by.replace(
        /\\([\s\S])|\$(\d)/g,
        (_, plain?: string, group?: string) => plain ?? match[Number(group)] ?? '',
      ),
  );
}

/** Without the empty parts at the end. */
export function split(text: string, pattern: string): string[] {
  const parts: string[] = [];
  let at = 0;
  for (const { 0: match, index } of text.matchAll(compile(pattern, body => body, 'g'))) {
    parts.push(text.slice(at, index));
    at = index + match.length;
  }
  parts.push(text.slice(at));
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}
