import { arrayOf, type ScalarKind, scalar, scalarKind, type Type } from './data-types.ts';

/** A type in a signature: a letter stands for whatever the argument has, and is the same throughout. */
export type Pattern =
  | { readonly kind: 'type'; readonly type: Type }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'array'; readonly element: Pattern }
  /** Anything: each argument keeps its type. */
  | { readonly kind: 'any' }
  /** A word of the language, like MONTH, that is no value. */
  | { readonly kind: 'part'; readonly of: string };

export interface Overload {
  /** The line it was declared with, for the page of the subset. */
  readonly signature: string;
  readonly name: string;
  readonly parameters: readonly Pattern[];
  /** The last parameter may come any number of times, the given number of times at least. */
  readonly repeated?: number;
  readonly returns: Pattern;
  /** DuckDB text with `$1`…, `$*` (the repeated ones); or `@name`, a writer in TypeScript. */
  readonly template: string;
}

const LINE = /^([A-Z0-9_.]+)\((.*?)\) -> ([A-Za-z0-9<>_]+): (.+)$/;

/**
 * Reads a table of functions, one overload a line: `NAME(TYPE, T, ARRAY<T>…) -> TYPE: DuckDB text`. Lower-case words are parts
 * (`date_part`), single capitals are variables, `…` repeats the last parameter (`…0`: also not at all).
 */
export function readTable(text: string): Map<string, Overload[]> {
  const table = new Map<string, Overload[]>();
  for (const line of text.split('\n').map(each => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', inside = '', returns = '', template = ''] = LINE.exec(line) ?? [];
    if (name === '') throw new Error(`no signature: ${line}`);
    const written = inside === '' ? [] : inside.split(', ');
    const repeats = /…(\d?)$/.exec(inside);
    const parameters = written.map(parameter => readPattern(parameter.replace(/…\d?$/, '')));
    const overload: Overload = {
      signature: line.slice(0, line.indexOf(': ')),
      name,
      parameters,
      ...(repeats && { repeated: repeats[1] === '0' ? 0 : 1 }),
      returns: readPattern(returns),
      template,
    };
    table.set(name, [...(table.get(name) ?? []), overload]);
  }
  return table;
}

function readPattern(text: string): Pattern {
  const array = /^ARRAY<(.+)>$/.exec(text);
  if (array) return { kind: 'array', element: readPattern(array[1]!) };
  if (text === 'ANY') return { kind: 'any' };
  if (/^[A-Z]$/.test(text)) return { kind: 'variable', name: text };
  if (/^[a-z_]+$/.test(text)) return { kind: 'part', of: text };
  const kind: ScalarKind | undefined = scalarKind(text);
  if (kind === undefined) throw new Error(`no type: ${text}`);
  return { kind: 'type', type: scalar(kind) };
}

/** The type a pattern stands for once its variables are known. */
export function instantiate(pattern: Pattern, variables: ReadonlyMap<string, Type>): Type | undefined {
  if (pattern.kind === 'type') return pattern.type;
  if (pattern.kind === 'variable') return variables.get(pattern.name);
  if (pattern.kind === 'part' || pattern.kind === 'any') return undefined;
  const element = instantiate(pattern.element, variables);
  return element && arrayOf(element);
}
