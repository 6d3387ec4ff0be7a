/** A path into a YAML document: map keys and sequence indexes, from the root. */
export type YamlPath = readonly (string | number)[];

/** One thing that is wrong in a file that a person wrote. Line and column count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document; empty for the whole of it. */
  readonly path: YamlPath;
  readonly what: string;
  readonly expected?: string;
  readonly mend?: string;
}

/** What is wrong with a file as a whole, or with one that is no YAML. */
export const wholeFile = (file: string, told: Pick<Problem, 'what' | 'expected' | 'mend'>): Problem => ({
  file,
  line: 1,
  column: 1,
  path: [],
  ...told,
});

/** `file:line:column: what is wrong. Expected …. Mend: ….` on one line; editors and terminals make the start a link. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, what, expected, mend } = problem;
  const parts = [
    what,
    ...(expected === undefined ? [] : [`Expected ${expected}`]),
    ...(mend === undefined ? [] : [`Mend: ${mend}`]),
  ];
  return `${file}:${line}:${column}: ${parts.map(sentence).join(' ')}`;
}

/** A mend may be a question. */
const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);
