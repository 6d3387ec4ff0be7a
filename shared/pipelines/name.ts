export const PIPELINE_NAME_EXPECTED =
  'a letter, then letters, digits and dashes, all lower-case, at most 63 in all';

/** Whether a text may name a pipeline: it is part of object names, documents and attributes. */
export function isPipelineName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,62}$/.test(name);
}
