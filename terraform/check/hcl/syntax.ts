/** Terraform's expressions as a tree: the part of the language that this repository's files use. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: Expression, value: Expression])[] }
  | For
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'if'; readonly test: Expression; readonly then: Expression; readonly else: Expression };

export interface For {
  readonly kind: 'for';
  readonly names: readonly string[];
  readonly of: Expression;
  /** Of an object only. */
  readonly key?: Expression;
  readonly value: Expression;
  readonly test?: Expression;
}
