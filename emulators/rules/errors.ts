/** A place in a rules file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Rules that cannot be loaded: names the place, what was expected there and how to mend it. */
export class RulesError extends Error {
  override readonly name = 'RulesError';
  readonly position: Position;
  constructor(file: string, position: Position, problem: string) {
    super(`${file}:${position.line}:${position.column}: ${problem}`);
    this.position = position;
  }
}

/** Why an expression has no value. Where a condition comes to this, it does not allow. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** The expression depends on what a query leaves open: it may be true of some documents and false of others. */
export class UndecidedError extends EvaluationError {}
