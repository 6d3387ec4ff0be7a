/** The trees of statements, as written. */

import type { Expression, Name, TypeName } from './ast.ts';
import type { FromItem, Path, Query } from './ast-query.ts';

export interface ColumnDefinition {
  readonly at: number;
  readonly name: Name;
  readonly type: TypeName;
  readonly required: boolean;
  readonly description?: string;
  /** The text of its default value. */
  readonly fallback?: string;
}

export type Options = readonly { readonly name: Name; readonly value: Expression }[];

export interface Assignment {
  readonly at: number;
  readonly path: readonly Name[];
  /** Undefined for DEFAULT. */
  readonly value?: Expression;
}

export type MergeAction =
  | { readonly kind: 'update'; readonly set: readonly Assignment[] }
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'insert';
      readonly columns?: readonly Name[];
      readonly row: 'ROW' | readonly Expression[];
    };

export interface MergeWhen {
  readonly at: number;
  readonly matched: 'MATCHED' | 'NOT MATCHED' | 'NOT MATCHED BY SOURCE';
  readonly and?: Expression;
  readonly action: MergeAction;
}

export type StatementTree =
  | { readonly kind: 'select'; readonly at: number; readonly query: Query }
  | {
      readonly kind: 'insert';
      readonly at: number;
      readonly target: Path;
      readonly columns?: readonly Name[];
      readonly rows?: readonly (readonly Expression[])[];
      readonly query?: Query;
    }
  | {
      readonly kind: 'update';
      readonly at: number;
      readonly target: Path;
      readonly alias?: Name;
      readonly set: readonly Assignment[];
      readonly from?: FromItem;
      readonly where: Expression;
    }
  | {
      readonly kind: 'delete';
      readonly at: number;
      readonly target: Path;
      readonly alias?: Name;
      readonly where: Expression;
    }
  | { readonly kind: 'truncate'; readonly at: number; readonly target: Path }
  | {
      readonly kind: 'merge';
      readonly at: number;
      readonly target: Path;
      readonly alias?: Name;
      readonly source: FromItem;
      readonly on: Expression;
      readonly whens: readonly MergeWhen[];
    }
  | {
      readonly kind: 'create-table';
      readonly at: number;
      readonly target: Path;
      readonly replace: boolean;
      readonly ifNotExists: boolean;
      readonly columns?: readonly ColumnDefinition[];
      readonly partitionBy?: Expression;
      readonly clusterBy: readonly Name[];
      readonly options: Options;
      readonly query?: Query;
    }
  | {
      readonly kind: 'create-view';
      readonly at: number;
      readonly target: Path;
      readonly replace: boolean;
      readonly ifNotExists: boolean;
      readonly options: Options;
      readonly query: Query;
      /** Offsets of the query's text. */
      readonly text: readonly [from: number, to: number];
    }
  | {
      readonly kind: 'create-schema' | 'drop-schema';
      readonly at: number;
      readonly target: Path;
      readonly ifExists: boolean;
      readonly options: Options;
      readonly cascade: boolean;
    }
  | {
      readonly kind: 'drop';
      readonly at: number;
      readonly what: 'TABLE' | 'VIEW';
      readonly target: Path;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: 'alter-table';
      readonly at: number;
      readonly target: Path;
      readonly ifExists: boolean;
      readonly add: readonly { readonly ifNotExists: boolean; readonly column: ColumnDefinition }[];
    };
