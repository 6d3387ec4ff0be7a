import type { Part, Told, YamlPath } from '../yaml/checked.ts';

/** Something wrong in a pipeline's file that its JSON Schema cannot state, still without a line. */
export interface Fault extends Told {
  readonly path: YamlPath;
  readonly part?: Part;
  /** Characters of a text before the place inside of it. */
  readonly offset?: number;
}

/** Checks run on files that also breach the schema, so that all is told at once: nothing has its shape for certain. */
export type Unchecked = Readonly<Record<string, unknown>>;

export function mapOf(value: unknown): Unchecked {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Unchecked) : {};
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const isText = (value: unknown): value is string => typeof value === 'string';
