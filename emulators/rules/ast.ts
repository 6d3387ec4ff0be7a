/** What a rules file says. `at` is where in the text it stands, as an offset. */
export type Expression =
  | {
      readonly kind: 'literal';
      readonly at: number;
      readonly value: null | boolean | bigint | number | string;
    }
  | { readonly kind: 'bytes'; readonly at: number; readonly value: Uint8Array }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Expression[] }
  | {
      readonly kind: 'map';
      readonly at: number;
      readonly entries: readonly (readonly [Expression, Expression])[];
    }
  | { readonly kind: 'path'; readonly at: number; readonly segments: readonly (string | Expression)[] }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'member'; readonly at: number; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly at: number; readonly of: Expression; readonly index: Expression }
  | {
      readonly kind: 'range';
      readonly at: number;
      readonly of: Expression;
      readonly from: Expression;
      readonly to: Expression;
    }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | {
      readonly kind: 'method';
      readonly at: number;
      readonly of: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'unary'; readonly at: number; readonly operator: '!' | '-'; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'is'; readonly at: number; readonly of: Expression; readonly type: string }
  | {
      readonly kind: 'choice';
      readonly at: number;
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    };

export const METHODS = ['get', 'list', 'create', 'update', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface Allow {
  readonly at: number;
  readonly methods: ReadonlySet<Method>;
  /** Without one it always allows. */
  readonly condition: Expression | undefined;
}

export interface Let {
  readonly at: number;
  readonly name: string;
  readonly value: Expression;
}

export interface FunctionDeclaration {
  readonly at: number;
  readonly name: string;
  readonly parameters: readonly string[];
  readonly lets: readonly Let[];
  readonly result: Expression;
}

export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** `{name}`: one segment. */
  | { readonly kind: 'one'; readonly name: string }
  /** `{name=**}`: any number of segments, none too. */
  | { readonly kind: 'rest'; readonly name: string };

export interface Match {
  readonly at: number;
  readonly path: readonly Segment[];
  readonly allows: readonly Allow[];
  readonly functions: readonly FunctionDeclaration[];
  readonly matches: readonly Match[];
}

/** The one service, with what stands in it. */
export interface Service {
  readonly functions: readonly FunctionDeclaration[];
  readonly matches: readonly Match[];
}
