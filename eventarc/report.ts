import type { Checked, Part, Problem, YamlPath } from '../shared/yaml/checked.ts';

/** Notes a problem at a path of one file. */
export type Report = (
  path: YamlPath,
  told: {
    readonly what: string;
    readonly expected?: string | undefined;
    readonly mend?: string | undefined;
  },
  part?: Part,
) => void;

export function reporter(source: Checked<unknown>, problems: Problem[]): Report {
  return (path, { what, expected, mend }, part) => {
    const told = { what, ...(expected !== undefined && { expected }), ...(mend !== undefined && { mend }) };
    problems.push(source.problem(path, told, part));
  };
}

/** "Did you mean" where a guess is good, else what there is. */
export function suggest(guess: string | undefined, known: Iterable<string>) {
  return guess === undefined
    ? { expected: `one of ${[...known].join(', ') || '(there are none yet)'}` }
    : { mend: `did you mean ${guess}?` };
}
