import { type TypeError as CelTypeError, type Environment, ParseError } from '@marcbachmann/cel-js';
import { boundFaults } from './bounds.ts';
import { environment, FUNCTIONS, MOST_CHARACTERS } from './language.ts';
import { celType, type ExpressionType, type Types, typeInWords } from './types.ts';

/** What is wrong with an expression; no full stops at the end. */
export interface ExpressionFault {
  /** Characters before the place. */
  readonly offset: number;
  readonly what: string;
  readonly expected?: string;
  readonly mend?: string;
}

/**
 * Says what is wrong with an expression that is to be true or false, before it meets any event: its grammar, names and
 * types, and what cannot be let run ({@link FUNCTIONS}).
 * @param types what it may refer to
 */
export function checkExpression(text: string, types: Types): ExpressionFault[] {
  if (text.length > MOST_CHARACTERS) {
    const what = `the expression has ${text.length} characters`;
    return [{ offset: MOST_CHARACTERS, what, expected: `at most ${MOST_CHARACTERS}` }];
  }
  // At run time numbers are found among numbers as they are.
  const cel = environment().registerOperator('double in list<int>', () => false);
  for (const [name, type] of Object.entries(types)) {
    if (declare(cel, name, type)) continue;
    const what = `"${name}" means something else in expressions`;
    return [{ offset: 0, what, mend: 'give it another name' }];
  }
  try {
    const parsed = cel.parse(text);
    const faults = boundFaults(parsed.ast, types);
    if (faults.length > 0) return faults;
    const { valid, error, type = 'dyn' } = parsed.check();
    if (!valid) return [faultOf(error!)];
    if (type === 'bool' || type === 'dyn') return [];
    const expected = 'true or false, such as a comparison is';
    return [{ offset: 0, what: `the expression is ${typeInWords(type)}`, expected }];
  } catch (error) {
    if (error instanceof ParseError) return [faultOf(error)];
    throw error;
  }
}

/** The language has names of its own, which cannot be declared. */
function declare(cel: Environment, name: string, type: ExpressionType): boolean {
  const known = celType(type);
  try {
    if (typeof known === 'string') cel.registerVariable(name, known);
    else cel.registerVariable({ name, schema: known });
    return true;
  } catch {
    return false;
  }
}

function faultOf(error: ParseError | CelTypeError): ExpressionFault {
  const offset = error.range?.start ?? 0;
  return { offset, ...wordsOf(error.code, error.summary) };
}

const WORDS: Readonly<Record<string, (summary: string) => Omit<ExpressionFault, 'offset'> | undefined>> = {
  no_such_overload: summary => {
    const [, left, sign, right] = /^no such overload: (?:(.+?) )?([^\w\s]+|in)\s*(.+)$/.exec(summary) ?? [];
    if (sign === undefined || right === undefined) return undefined;
    if (left === undefined) return { what: `${sign} does not go with ${typeInWords(right)}` };
    const sides = `${typeInWords(left)} and ${typeInWords(right)}`;
    return { what: `${sign} does not go with ${sides}`, expected: 'two of one kind' };
  },
  no_matching_overload: summary => {
    const name = /'(?:.*\.)?(\w+)\(/.exec(summary)?.[1] ?? '';
    const expected = FUNCTIONS[name];
    return expected === undefined ? undefined : { what: `"${name}" is not used as it can be`, expected };
  },
  unexpected_token: summary =>
    summary.endsWith('EOF') ? { what: 'the expression ends too early' } : undefined,
  expected_token: summary =>
    summary.endsWith('EOF') ? { what: 'the expression ends too early' } : undefined,
  unexpected_character: summary =>
    summary.endsWith(': =') ? { what: 'a single =', mend: 'did you mean ==?' } : undefined,
};

function wordsOf(code: string, summary: string): Omit<ExpressionFault, 'offset'> {
  const words = WORDS[code]?.(summary);
  return words ?? { what: `${summary.charAt(0).toLowerCase()}${summary.slice(1)}` };
}
