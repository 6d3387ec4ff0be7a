/**
 * What is computed of a value, with its parameters: plain JSON, the same for equal meanings. It is kept with the state, so
 * that whoever reads the state can merge and show it without the pipeline. Durations in seconds.
 */
export type Aggregation =
  | { readonly of: 'statistics' | 'variance' | 'first' | 'last' | 'distinct' }
  /** Between 0 and 1, to four decimals. */
  | { readonly of: 'quantiles'; readonly at: readonly number[] }
  | { readonly of: 'top'; readonly most: number }
  | { readonly of: 'decay'; readonly halfLife: number }
  /** Rising. */
  | { readonly of: 'histogram'; readonly bounds: readonly number[] }
  | { readonly of: 'rate'; readonly per: number };
