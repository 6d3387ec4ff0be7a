/** The tree of a query, as written. */

import type { Expression, Name, OrderItem, WindowSpec } from './ast.ts';

export interface Path {
  readonly at: number;
  readonly parts: readonly string[];
}

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
