import type { Field, TableRef, TableSchema, TypedParameter } from '../types.ts';
import type { WindowSpec } from './ast.ts';
import type { Type } from './data-types.ts';
import { type Names, NO_NAMES } from './names.ts';
import type { Value } from './value.ts';

/** What a statement is translated against. */
export interface Scope {
  /** A table, a view (expanded in its `duckdb`) or a relation of INFORMATION_SCHEMA; the path is what the statement says, unquoted. */
  table(path: readonly string[]): TableSchema | undefined;
  readonly parameters: {
    readonly named?: ReadonlyMap<string, TypedParameter>;
    readonly positional?: readonly TypedParameter[];
  };
  /** What CURRENT_TIMESTAMP and its like say, for the whole statement. */
  readonly now: Date;
  /** Of text and parts of a TIMESTAMP that name no zone; UTC if missing. */
  readonly sessionTimeZone?: string;
}

/** A table that a statement reads, and which of its columns, for the bytes it is billed. */
export interface Read {
  readonly ref: TableRef;
  readonly columns: readonly string[];
}

/** A named query of WITH. */
export interface Named {
  readonly name: string;
  readonly relation: string;
  readonly columns: readonly OutputColumn[];
  /** Its rows are values: one column. */
  readonly values: boolean;
}

/** A column of a query's result: its name for GoogleSQL, and the one DuckDB knows it by. */
export interface OutputColumn {
  readonly name: string | undefined;
  readonly physical: string;
  readonly type: Type;
  /** The same literal in every row: it still fits where literals do. */
  readonly literal?: Value['literal'];
}

/** State of one translation. */
export class Translation {
  readonly scope: Scope;
  readonly zone: string;
  readonly #reads = new Map<string, { ref: TableRef; fields: readonly Field[]; columns: Set<string> }>();
  #aliases = 0;

  constructor(scope: Scope) {
    this.scope = scope;
    this.zone = scope.sessionTimeZone ?? 'UTC';
  }

  /** A name that nothing else in the DuckDB text has. */
  alias(prefix: string): string {
    this.#aliases += 1;
    return `${prefix}${this.#aliases}`;
  }

  /** Remembers that a table is read; the set takes its columns. */
  read({ ref, fields }: TableSchema): Set<string> {
    const key = `${ref.projectId}.${ref.datasetId}.${ref.tableId}`;
    const entry = this.#reads.get(key) ?? { ref, fields, columns: new Set() };
    this.#reads.set(key, entry);
    return entry.columns;
  }

  reads(): Read[] {
    return [...this.#reads.values()].map(({ ref, fields, columns }) => ({
      ref,
      columns: fields.map(({ name }) => name).filter(name => columns.has(name)),
    }));
  }
}

/** Where an expression stands: what it may name, and whether aggregates and window functions are at home there. */
export interface Context {
  readonly translation: Translation;
  readonly names: Names;
  readonly named: readonly Named[];
  /** The clause, where it must not have any: `WHERE clause`. */
  readonly noAggregates?: string;
  readonly noWindows?: string;
  /** Inside the arguments of an aggregate. */
  readonly inAggregate?: boolean;
  /** DuckDB text of the keys of GROUP BY. */
  readonly keys?: ReadonlySet<string>;
  readonly windows: ReadonlyMap<string, WindowSpec>;
}

export const emptyContext = (translation: Translation): Context => ({
  translation,
  names: NO_NAMES,
  named: [],
  windows: new Map(),
});
