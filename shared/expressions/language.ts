import { Environment } from '@marcbachmann/cel-js';

/** Longer texts are no conditions but programs; the parser would go along with 100,000 nodes. */
export const MOST_CHARACTERS = 1000;
const LIMITS = {
  maxAstNodes: 300,
  maxDepth: 30,
  maxListElements: 100,
  maxMapEntries: 20,
  maxCallArguments: 4,
};

/**
 * The functions and macros there are: those of CEL whose time is bounded by the length of what they are given. `matches`
 * is not: JavaScript's regular expressions go back and try again, for ever where somebody chooses the text so. Neither are
 * those that make long things of short ones (`cel.bind`, `split`, `join`), nor times in other zones.
 */
export const FUNCTIONS: Readonly<Record<string, string>> = {
  has: 'has(data.field): whether the field is there',
  size: 'size(x) or x.size(): of a text, list or object',
  contains: 'text.contains(text)',
  startsWith: 'text.startsWith(text)',
  endsWith: 'text.endsWith(text)',
  lowerAscii: 'text.lowerAscii()',
  upperAscii: 'text.upperAscii()',
  trim: 'text.trim()',
  int: 'int(x): the whole part of a number, or of a text',
  double: 'double(x): the number that a text says',
  string: 'string(x): a number as text',
  timestamp: 'timestamp("2026-11-21T13:00:00Z")',
  duration: 'duration("1h30m")',
  getFullYear: 'time.getFullYear(), UTC as all of these',
  getMonth: 'time.getMonth(): 0 for January',
  getDate: 'time.getDate(): 1 to 31',
  getDayOfWeek: 'time.getDayOfWeek(): 0 for Sunday',
  getHours: 'time.getHours()',
  getMinutes: 'time.getMinutes()',
  getSeconds: 'time.getSeconds()',
  getMilliseconds: 'time.getMilliseconds()',
  all: 'list.all(x, condition on x)',
  exists: 'list.exists(x, condition on x)',
  exists_one: 'list.exists_one(x, condition on x)',
  filter: 'list.filter(x, condition on x)',
  map: 'list.map(x, expression of x)',
};

/** Those that go through a list: their first argument names its elements. */
export const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

type Arithmetic = (a: number, b: number) => number;

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/**
 * CEL in which a number is a number: JSON does not tell 5 from 5.0, so they are equal, and may be added and compared.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
export function environment(options: { readonly undeclared?: boolean } = {}): Environment {
  const made = new Environment({
    homogeneousAggregateLiterals: false,
    unlistedVariablesAreDyn: options.undeclared ?? false,
    limits: LIMITS,
  });
  for (const [sign, compute] of Object.entries(ARITHMETIC)) {
    const numbers = (a: unknown, b: unknown): number => compute(Number(a), Number(b));
    made.registerOperator(`double ${sign} int`, numbers).registerOperator(`int ${sign} double`, numbers);
  }
  return made
    .registerOperator('double % double', ARITHMETIC['%']!)
    .registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
}
