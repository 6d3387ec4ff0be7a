/** The tree of an expression, as written: nothing is resolved yet. `at` is the offset where a thing begins. */

import type { Query } from './ast-query.ts';
import type { ScalarKind } from './data-types.ts';

export interface Name {
  readonly at: number;
  readonly text: string;
}

export type LiteralType = 'NULL' | Exclude<ScalarKind, 'INTERVAL' | 'GEOGRAPHY'>;

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

/** The expressions of one kind. */
export type ExpressionOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
