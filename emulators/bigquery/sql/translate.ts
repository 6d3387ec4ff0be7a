import type { Field, TableRef } from '../types.ts';
import { type Read, type Scope, Translation } from './context.ts';
import { positionOf, Refusal, SqlError } from './errors.ts';
import { parseStatements } from './parse-statement.ts';
import { type Ddl, writeStatement } from './statement.ts';

export type { Scope } from './context.ts';
export { SqlError } from './errors.ts';
export { registerFunctions } from './native/register.ts';
export { runtimeError } from './runtime.ts';
export type { Ddl } from './statement.ts';

export interface Statement {
  readonly kind:
    | 'select'
    | 'insert'
    | 'update'
    | 'delete'
    | 'truncate'
    | 'merge'
    | 'create-table'
    | 'create-view'
    | 'create-schema'
    | 'drop-table'
    | 'drop-view'
    | 'drop-schema'
    | 'alter-table';
  /** For DuckDB: of a query and of DML the statement; of CREATE TABLE … AS the query; else empty, as `ddl` says it all. */
  readonly duckdb: string;
  /** The columns of a query's result; of CREATE TABLE those it will have. */
  readonly schema?: readonly Field[];
  /** What is read, with the columns that are named; a statement is billed for these. */
  readonly reads: readonly Read[];
  /** The table that DML changes. Of DDL, whose target may not be there yet, see `ddl.path`. */
  readonly target?: TableRef;
  readonly ddl?: Ddl;
}

/**
 * Translates a text of GoogleSQL statements for DuckDB. What lies outside of the declared subset (README.md) is refused, never guessed.
 * @throws SqlError with the position of what is wrong
 */
export function translate(sql: string, scope: Scope): Statement[] {
  try {
    return parseStatements(sql).map(tree => writeStatement(tree, sql, new Translation(scope)));
  } catch (error) {
    if (error instanceof Refusal) throw new SqlError(error.message, positionOf(sql, error.at), error.reason);
    // A text that is nested too deeply for us may be so in a way that the parser did not count.
    if (error instanceof RangeError)
      throw new SqlError('Resources exceeded: the query is too complex', { line: 1, column: 1 });
    throw error;
  }
}
