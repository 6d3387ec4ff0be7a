import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { LineCounter, parseDocument } from 'yaml';
import { duplicateKeys, type Part, type Position, positionInText, positionOf } from './positions.ts';
import type { Problem, YamlPath } from './problem.ts';
import { type Finding, tellErrors } from './schema-errors.ts';
import { brokenSyntax } from './syntax-errors.ts';

export type { Part, Position } from './positions.ts';
export { formatProblem, type Problem, type YamlPath } from './problem.ts';

/** A YAML file read against a JSON Schema 2020-12. */
export interface Checked<T> {
  /** What the file says. It is only known to be a T where no problem lies; look at `problems` first. */
  readonly value: T;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
  /** Where a value (or its key) stands; the nearest ancestor's place for a path that does not exist. */
  positionOf(path: YamlPath, part?: Part): Position;
  /**
   * Makes a problem at that place, for the rules that no schema can state.
   * @param offset characters of a text before the place inside of it
   */
  problem(path: YamlPath, told: Told, part?: Part, offset?: number): Problem;
  /** Whether nothing is wrong at or under `path`, so that it may be read as what the schema says. */
  sound(path: YamlPath): boolean;
}

/** A problem's words: `what` is wrong, what was `expected`, how to `mend` it; no full stops at the end. */
export interface Told {
  readonly what: string;
  readonly expected?: string;
  readonly mend?: string;
}

// `expected` and `mend` let a schema say in its own words what a pattern or a choice means; editors pass them by.
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  // Schemas are ours and tested; compiling the meta-schema would more than double the time to the first answer.
  validateSchema: false,
  strictRequired: false,
  strictTypes: false,
});
for (const keyword of ['expected', 'mend', 'doNotSuggest']) ajv.addKeyword(keyword);
const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Reads YAML 1.2 and checks it against a JSON Schema (2020-12); every problem has its place in the file.
 * Nothing is thrown for bad input. A schema may carry `expected` and `mend` beside a keyword to say it better.
 *
 * @param file the name to show, e.g. pipelines/flights.yaml
 */
export function readChecked<T>(file: string, text: string, schema: object): Checked<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const place = (path: YamlPath, part: Part = 'value') => positionOf(document, lines, path, part);
  const problem = (path: YamlPath, told: Told, part?: Part, offset?: number): Problem => ({
    file,
    ...(offset === undefined ? place(path, part) : positionInText(document, lines, text, path, offset)),
    path,
    ...told,
  });

  const syntax = brokenSyntax(document, lines).map(found => ({ file, path: [], ...found }));
  const twice = duplicateKeys(document, lines).map(({ key, path, position, first }) => ({
    file,
    ...position,
    path,
    what: `the key "${key}" stands here a second time (first on line ${first.line})`,
    mend: 'rename one of the two or take it out',
  }));
  // What broken syntax means is a guess: schema errors on top of it would only mislead.
  const value: unknown = syntax.length === 0 ? document.toJS() : undefined;
  const findings = syntax.length === 0 ? validate(schema, value) : [];
  const breaches = findings.map(({ path, part, ...told }) => problem(path, told, part));
  const problems = [...syntax, ...twice, ...breaches].sort((a, b) => a.line - b.line || a.column - b.column);

  return {
    value: value as T,
    problems,
    positionOf: place,
    problem,
    sound: path => !problems.some(p => startsWith(p.path, path) || startsWith(path, p.path)),
  };
}

function validate(schema: object, value: unknown): Finding[] {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = ajv.compile(schema);
    compiled.set(schema, check);
  }
  return check(value) ? [] : tellErrors(check.errors ?? []);
}

function startsWith(path: YamlPath, prefix: YamlPath): boolean {
  return prefix.every((segment, i) => String(path[i]) === String(segment));
}
