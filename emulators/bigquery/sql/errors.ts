/** Why BigQuery refuses a statement: the `reason` of its REST errors; `unsupported` is ours, for what lies outside the declared subset. */
export type Reason = 'invalidQuery' | 'notFound' | 'unsupported' | 'duplicate';

/** A place in the text of a statement, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A statement that is refused. The message ends in ` at [line:column]`, as BigQuery's do. */
export class SqlError extends Error {
  readonly reason: Reason;
  readonly line: number;
  readonly column: number;

  constructor(problem: string, { line, column }: Position, reason: Reason = 'invalidQuery') {
    super(`${problem} at [${line}:${column}]`);
    this.name = 'SqlError';
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

/** What parser and analyser throw: they know offsets; `translate` turns them into lines and columns. */
export class Refusal extends Error {
  readonly at: number;
  readonly reason: Reason;

  constructor(at: number, problem: string, reason: Reason = 'invalidQuery') {
    super(problem);
    this.at = at;
    this.reason = reason;
  }
}

export function refuse(at: number, problem: string, reason: Reason = 'invalidQuery'): never {
  throw new Refusal(at, problem, reason);
}

/** Refuses what BigQuery has and this emulator does not. */
export function unsupported(at: number, what: string): never {
  throw new Refusal(at, `${what} is not supported by the BigQuery emulator`, 'unsupported');
}

/** Lines and columns of an offset; columns count characters, and a tab goes to the next multiple of eight. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  let column = 1;
  for (const character of before.at(-1)!) column += character === '\t' ? 8 - ((column - 1) % 8) : 1;
  return { line: before.length, column };
}
