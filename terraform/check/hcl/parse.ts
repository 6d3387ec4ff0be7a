import type { Expression, For } from './syntax.ts';

/** Binary operators, the loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

/**
 * Reads a string of hcl2json: text with `${…}` in it, or one `${…}` alone, which keeps its type.
 * @throws SyntaxError for what this small reader does not know
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */
export function parseTemplate(text: string): Expression {
  // The same text is parsed once: resources are many from one block, and the checks read many copies of a file.
  const expression = known.get(text) ?? parse(text);
  known.set(text, expression);
  return expression;
}

const known = new Map<string, Expression>();

function parse(text: string): Expression {
  const parser = createParser(text);
  const parts = parser.template(undefined);
  const [only] = parts;
  if (parts.length === 0) return { kind: 'literal', value: '' };
  return parts.length === 1 && only !== undefined ? only : { kind: 'template', parts };
}

function createParser(text: string) {
  let at = 0;
  const fail = (expected: string): never => {
    throw new SyntaxError(`expected ${expected} at "${text.slice(at, at + 30)}" of ${text}`);
  };
  const space = (): void => {
    const [blank = ''] = /^(?:\s|#[^\n]*|\/\/[^\n]*)*/.exec(text.slice(at)) ?? [];
    at += blank.length;
  };
  const peek = (token: string): boolean => {
    space();
    return text.startsWith(token, at);
  };
  const accept = (token: string): boolean => {
    if (!peek(token)) return false;
    at += token.length;
    return true;
  };
  const expect = (token: string): void => {
    if (!accept(token)) fail(`"${token}"`);
  };
  const word = (): string | undefined => {
    space();
    const [found] = /^[A-Za-z_][\w-]*/.exec(text.slice(at)) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const keyword = (wanted: string): boolean => {
    const before = at;
    if (word() === wanted) return true;
    at = before;
    return false;
  };

  function template(end: '"' | undefined): Expression[] {
    const parts: Expression[] = [];
    let literal = '';
    const flush = (): void => {
      if (literal !== '') parts.push({ kind: 'literal', value: literal });
      literal = '';
    };
    while (at < text.length && text[at] !== end) {
      if (text.startsWith('${', at)) {
        flush();
        at += 2;
        parts.push(expression());
        expect('}');
      } else if (end !== undefined && text[at] === '\\') {
        literal += ESCAPES[text[at + 1] ?? ''] ?? fail('a known escape');
        at += 2;
      } else {
        literal += text[at++];
      }
    }
    flush();
    return parts;
  }

  function expression(): Expression {
    const test = binary(0);
    if (!accept('?')) return test;
    const then = expression();
    expect(':');
    return { kind: 'if', test, then, else: expression() };
  }

  function binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.find(peek);
      if (operator === undefined) return left;
      at += operator.length;
      left = { kind: 'binary', operator, left, right: binary(level + 1) };
    }
  }

  function unary(): Expression {
    const operator = ['!', '-'].find(peek);
    if (operator === undefined) return postfix(primary());
    at += 1;
    return { kind: 'unary', operator, of: unary() };
  }

  function postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (accept('.')) {
        of = { kind: 'index', of, key: { kind: 'literal', value: word() ?? fail('an attribute') } };
      } else if (accept('[')) {
        of = { kind: 'index', of, key: expression() };
        expect(']');
      } else return of;
    }
  }

  function primary(): Expression {
    if (accept('(')) {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (accept('"')) {
      const parts = template('"');
      expect('"');
      return parts.length === 0 ? { kind: 'literal', value: '' } : { kind: 'template', parts };
    }
    if (accept('[')) return keyword('for') ? forOf(']') : list();
    if (accept('{')) return keyword('for') ? forOf('}') : object();
    space();
    const [number] = /^\d+(?:\.\d+)?/.exec(text.slice(at)) ?? [];
    if (number !== undefined) {
      at += number.length;
      return { kind: 'literal', value: Number(number) };
    }
    const name = word() ?? fail('an expression');
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
    if (name === 'null') return { kind: 'literal', value: null };
    return accept('(') ? { kind: 'call', name, args: items(')') } : { kind: 'name', name };
  }

  function items(end: string): Expression[] {
    const found: Expression[] = [];
    while (!accept(end)) {
      found.push(expression());
      if (!accept(',') && !peek(end)) fail(`"," or "${end}"`);
    }
    return found;
  }

  const list = (): Expression => ({ kind: 'list', items: items(']') });

  function object(): Expression {
    const entries: (readonly [Expression, Expression])[] = [];
    while (!accept('}')) {
      entries.push([objectKey(), expression()]);
      accept(',');
    }
    return { kind: 'object', entries };
  }

  /** A bare word is itself; a name would stand in brackets. */
  function objectKey(): Expression {
    const name = word();
    const key: Expression = name === undefined ? primary() : { kind: 'literal', value: name };
    if (!accept('=') && !accept(':')) fail('"="');
    return key;
  }

  function forOf(end: ']' | '}'): For {
    const names = [word() ?? fail('a name')];
    if (accept(',')) names.push(word() ?? fail('a name'));
    if (!keyword('in')) fail('"in"');
    const of = expression();
    expect(':');
    const first = expression();
    const value = accept('=>') ? expression() : undefined;
    const test = keyword('if') ? expression() : undefined;
    expect(end);
    const shape = value === undefined ? { value: first } : { key: first, value };
    return { kind: 'for', names, of, ...shape, ...(test === undefined ? {} : { test }) };
  }

  return { template };
}
