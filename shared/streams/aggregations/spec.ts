/**
 * What is computed of a value, with its parameters: plain JSON, the same for equal meanings. It is kept with the state, so
 * that whoever reads the state can merge and show it without the pipeline.
 */
export type Aggregation = { readonly of: 'statistics' };
