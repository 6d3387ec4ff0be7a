import type { Type, Value } from './values.ts';

/** A method or a function: what it takes and makes, for the check of a file and for its evaluation. */
export interface Signature {
  /** The types that each argument may have; `any` where all may. */
  readonly parameters: readonly (readonly Type[] | 'any')[];
  readonly result: Type | undefined;
  /** Gets the value it is a method of first. */
  readonly apply: (...values: never[]) => Value;
}

export type Signatures = ReadonlyMap<string, Signature>;

type Parameters = readonly (Type | readonly Type[] | 'any')[];

/** `result` undefined: any type. */
export function signature(
  parameters: Parameters,
  result: Type | undefined,
  apply: (...values: never[]) => Value,
): Signature {
  const lists = parameters.map(each => (each === 'any' || Array.isArray(each) ? each : [each]));
  return { parameters: lists as Signature['parameters'], result, apply };
}

export const signatures = (table: Readonly<Record<string, Signature>>): Signatures =>
  new Map(Object.entries(table));

/** Whether values of these types may be its arguments; an int does where a float is wanted. */
export function accepts({ parameters }: Signature, types: readonly (Type | undefined)[]): boolean {
  return parameters.every((wanted, i) => {
    const given = types[i];
    if (wanted === 'any' || given === undefined) return true;
    return wanted.includes(given) || (given === 'int' && wanted.includes('float'));
  });
}

export const written = (name: string, { parameters }: Signature): string =>
  `${name}(${parameters.map(each => (each === 'any' ? 'any' : each.join(' or '))).join(', ')})`;
