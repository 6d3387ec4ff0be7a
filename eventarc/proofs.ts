import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../shared/yaml/nearest.ts';
import type { Guarantee } from './wiring.ts';

/** A test that runs: `it` or `test`, plain or of a table, at the beginning of a line; what is skipped has another form. */
const TEST =
  /^[ \t]*(?:it|test)(?:\.each(?:<[^(]*>)?\([\s\S]*?\))?\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/gm;

/** The names of a test file's tests, as they stand in the source. */
export function testsIn(source: string): string[] {
  return [...source.matchAll(TEST)].map(([, ...names]) =>
    names.find(name => name !== undefined)!.replace(/\\(['"`])/g, '$1'),
  );
}

/** What a guarantee names that is not there: a line for each file or test, with the mend. */
export function missingProofs(root: string, { shownBy }: Guarantee): string[] {
  return Object.entries(shownBy).flatMap(([file, names]) => {
    const path = join(root, file);
    if (!existsSync(path)) return [`There is no ${file}.`];
    const tests = testsIn(readFileSync(path, 'utf8'));
    return names
      .filter(name => !tests.includes(name))
      .map(name => {
        const guess = nearest(name, tests);
        return `${file} has no test "${name}".${guess === undefined ? '' : ` Did you mean "${guess}"?`}`;
      });
  });
}
