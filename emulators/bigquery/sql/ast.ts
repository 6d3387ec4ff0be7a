/** The tree of a statement, as written: nothing is resolved yet. `at` is the offset where a thing begins. */

export interface Name {
  readonly at: number;
  readonly text: string;
}

export type LiteralType =
  | 'NULL'
  | 'BOOL'
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'TIMESTAMP'
  | 'JSON';

/** A type as written: `ARRAY<STRUCT<a INT64>>`, `NUMERIC(10, 2)`. */
export interface TypeName {
  readonly at: number;
  /** In capitals. */
  readonly name: string;
  readonly parameters?: readonly string[];
  readonly element?: TypeName;
  readonly fields?: readonly { readonly name?: string; readonly type: TypeName }[];
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls?: 'FIRST' | 'LAST';
}

export interface FrameBound {
  readonly at: number;
  readonly kind: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  readonly offset?: Expression;
}

export interface WindowSpec {
  readonly at: number;
  /** Another window that this one continues. */
  readonly base?: Name;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame?: { readonly unit: 'ROWS' | 'RANGE'; readonly from: FrameBound; readonly to?: FrameBound };
}

export interface Call {
  readonly kind: 'call';
  readonly at: number;
  /** In capitals, with dots: `NET.HOST`. */
  readonly name: string;
  readonly safe: boolean;
  readonly star: boolean;
  readonly distinct: boolean;
  readonly args: readonly Expression[];
  readonly named: readonly { readonly name: Name; readonly value: Expression }[];
  readonly nulls?: 'IGNORE' | 'RESPECT';
  readonly having?: { readonly max: boolean; readonly expression: Expression };
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Expression;
  readonly over?: WindowSpec;
}

export type Expression =
  | { readonly kind: 'literal'; readonly at: number; readonly type: LiteralType; readonly value: string }
  | { readonly kind: 'name'; readonly at: number; readonly path: readonly Name[] }
  | { readonly kind: 'parameter'; readonly at: number; readonly name: string; readonly index: number }
  | { readonly kind: 'field'; readonly at: number; readonly of: Expression; readonly name: Name }
  | {
      readonly kind: 'element';
      readonly at: number;
      readonly of: Expression;
      readonly mode: 'PLAIN' | 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL';
      readonly index: Expression;
    }
  | {
      readonly kind: 'unary';
      readonly at: number;
      readonly op: '-' | '+' | '~' | 'NOT';
      readonly of: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly op: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'is';
      readonly at: number;
      readonly of: Expression;
      readonly what: 'NULL' | 'TRUE' | 'FALSE';
      readonly not: boolean;
    }
  | {
      readonly kind: 'between';
      readonly at: number;
      readonly of: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly not: boolean;
    }
  | {
      readonly kind: 'in';
      readonly at: number;
      readonly of: Expression;
      readonly not: boolean;
      readonly list?: readonly Expression[];
      readonly array?: Expression;
      readonly query?: Query;
    }
  | {
      readonly kind: 'case';
      readonly at: number;
      readonly of?: Expression;
      readonly whens: readonly { readonly when: Expression; readonly result: Expression }[];
      readonly otherwise?: Expression;
    }
  | {
      readonly kind: 'cast';
      readonly at: number;
      readonly of: Expression;
      readonly type: TypeName;
      readonly safe: boolean;
    }
  | {
      readonly kind: 'extract';
      readonly at: number;
      readonly part: Expression;
      readonly of: Expression;
      readonly zone?: Expression;
    }
  | { readonly kind: 'interval'; readonly at: number; readonly value: Expression; readonly part: Name }
  | {
      readonly kind: 'array';
      readonly at: number;
      readonly type?: TypeName;
      readonly items: readonly Expression[];
    }
  | {
      readonly kind: 'struct';
      readonly at: number;
      readonly type?: TypeName;
      readonly items: readonly { readonly value: Expression; readonly name?: Name }[];
    }
  | {
      readonly kind: 'subquery';
      readonly at: number;
      readonly form: 'SCALAR' | 'EXISTS' | 'ARRAY';
      readonly query: Query;
    }
  | Call;

export interface SelectItem {
  readonly at: number;
  readonly expression?: Expression;
  readonly alias?: Name;
  /** `*` or `x.*`. */
  readonly star?: {
    readonly of?: Expression;
    readonly except: readonly Name[];
    readonly replace: readonly { readonly name: Name; readonly value: Expression }[];
  };
}

export interface Path {
  readonly at: number;
  readonly parts: readonly string[];
}

export type FromItem =
  | {
      readonly kind: 'table';
      readonly at: number;
      readonly path: Path;
      readonly alias?: Name;
      readonly offset?: Name;
    }
  | {
      readonly kind: 'unnest';
      readonly at: number;
      readonly array: Expression;
      readonly alias?: Name;
      readonly offset?: Name;
    }
  | { readonly kind: 'query'; readonly at: number; readonly query: Query; readonly alias?: Name }
  | {
      readonly kind: 'join';
      readonly at: number;
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on?: Expression;
      readonly using?: readonly Name[];
    };

export type Grouping =
  | { readonly kind: 'items'; readonly items: readonly Expression[] }
  | { readonly kind: 'ROLLUP' | 'CUBE'; readonly items: readonly Expression[] }
  | { readonly kind: 'SETS'; readonly sets: readonly (readonly Expression[])[] }
  | { readonly kind: 'all' };

export interface Select {
  readonly kind: 'select';
  readonly at: number;
  readonly distinct: boolean;
  readonly as?: 'STRUCT' | 'VALUE';
  readonly items: readonly SelectItem[];
  readonly from?: FromItem;
  readonly where?: Expression;
  readonly groupBy?: Grouping;
  readonly having?: Expression;
  readonly qualify?: Expression;
  readonly windows: readonly { readonly name: Name; readonly spec: WindowSpec }[];
}

export interface SetOperation {
  readonly kind: 'set';
  readonly at: number;
  readonly op: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
  readonly parts: readonly QueryBody[];
}

export type QueryBody = Select | SetOperation | Query;

export interface Query {
  readonly kind: 'query';
  readonly at: number;
  readonly with: readonly { readonly name: Name; readonly query: Query }[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Expression;
  readonly offset?: Expression;
}

export interface ColumnDefinition {
  readonly at: number;
  readonly name: Name;
  readonly type: TypeName;
  readonly required: boolean;
  readonly description?: string;
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
