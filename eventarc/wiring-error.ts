import { formatProblem, type Problem } from '../shared/yaml/checked.ts';

/** Everything that is wrong with the wiring, a line each: `file:line:column: what. Expected …. Mend: ….` */
export class WiringError extends Error {
  override readonly name = 'WiringError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(`The wiring has ${count}:\n${problems.map(formatProblem).join('\n')}`);
    this.problems = problems;
  }
}
