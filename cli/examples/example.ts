import type { Position } from '../../shared/yaml/checked.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** An example as pipelines/NAME.yaml has it: see `examples` in pipeline.schema.json. */
export interface Example {
  readonly name?: string;
  readonly given: Fields | readonly Fields[];
  readonly then: Expected;
}

export interface Expected {
  readonly id?: string;
  readonly key?: string;
  readonly time?: string;
  readonly data?: Fields;
  readonly rejected?: string;
  readonly alerts?: readonly string[];
  readonly routes?: readonly string[];
  readonly windows?: Readonly<Record<string, Readonly<Record<string, Fields>>>>;
}

/** An example with its place in the file. */
export interface PlacedExample extends Example {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** Of a path into the example. */
  positionOf(path: readonly (string | number)[]): Position;
}

/** Something that is not as the example says. */
export interface Difference {
  /** Into the example: what says otherwise. */
  readonly path: readonly (string | number)[];
  readonly what: string;
}
