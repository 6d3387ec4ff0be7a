import { coerce, supertype } from './coerce.ts';
import { INT64, sameType, type Type } from './data-types.ts';
import { instantiate, type Overload, type Pattern } from './signatures.ts';
import type { Value } from './value.ts';
import { constant, isNull } from './value.ts';

/** An argument of a call: a value, or a word like MONTH. */
export interface Argument {
  readonly at: number;
  readonly value?: Value;
  readonly part?: string;
}

export interface Chosen {
  readonly overload: Overload;
  /** Fitted to the overload's types. */
  readonly args: readonly Argument[];
  readonly type: Type;
}

/** The overload that takes the arguments with the fewest changes of type; undefined if none does. */
export function choose(
  overloads: readonly Overload[],
  args: readonly Argument[],
  zone: string,
): Chosen | undefined {
  let best: (Chosen & { cost: number }) | undefined;
  let refusal: unknown;
  for (const overload of overloads) {
    const patterns = patternsFor(overload, args.length);
    try {
      const fitted = patterns && fitTo(overload, patterns, args, zone);
      if (fitted && (!best || fitted.cost < best.cost)) best = fitted;
    } catch (error) {
      // A literal that is no date, say, matters only if nothing else takes it.
      refusal ??= error;
    }
  }
  if (!best && refusal !== undefined) throw refusal;
  return best;
}

/** One pattern for each argument; undefined where their number is wrong. */
function patternsFor({ parameters, repeated }: Overload, count: number): readonly Pattern[] | undefined {
  if (repeated === undefined) return parameters.length === count ? parameters : undefined;
  const fixed = parameters.length - 1;
  if (count < fixed + repeated) return undefined;
  return [...parameters.slice(0, fixed), ...new Array<Pattern>(count - fixed).fill(parameters.at(-1)!)];
}

function fitTo(
  overload: Overload,
  patterns: readonly Pattern[],
  args: readonly Argument[],
  zone: string,
): (Chosen & { cost: number }) | undefined {
  const variables = bindVariables(patterns, args, zone);
  if (!variables) return undefined;
  const fitted: Argument[] = [];
  let cost = 0;
  for (const [index, pattern] of patterns.entries()) {
    const arg = args[index]!;
    if ((pattern.kind === 'part') !== (arg.value === undefined)) return undefined;
    if (arg.value === undefined) {
      fitted.push(arg);
      continue;
    }
    const wanted = pattern.kind === 'any' ? arg.value.type : instantiate(pattern, variables);
    const value = wanted && coerce(arg.value, wanted, zone);
    if (!value) return undefined;
    if (!sameType(arg.value.type, wanted)) cost += isNull(arg.value) ? 0.1 : distance(arg.value.type, wanted);
    fitted.push({ ...arg, value });
  }
  const type = instantiate(overload.returns, variables);
  return type && { overload, args: fitted, type, cost };
}

const LADDER: readonly Type['kind'][] = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64'];

/** INT64 goes to FLOAT64 before NUMERIC, as the documented order of implicit coercion has it for functions. */
function distance(from: Type, to: Type): number {
  return from.kind === 'INT64' && to.kind !== 'FLOAT64' && LADDER.includes(to.kind) ? 1.5 : 1;
}

/** What each variable stands for: the common type of its arguments. */
function bindVariables(
  patterns: readonly Pattern[],
  args: readonly Argument[],
  zone: string,
): Map<string, Type> | undefined {
  const found = new Map<string, Value[]>();
  const add = (name: string, value: Value): void => void found.set(name, [...(found.get(name) ?? []), value]);
  for (const [index, pattern] of patterns.entries()) {
    const value = args[index]!.value;
    if (!value) continue;
    if (pattern.kind === 'variable') add(pattern.name, value);
    if (pattern.kind !== 'array' || pattern.element.kind !== 'variable') continue;
    if (isNull(value)) continue;
    if (value.type.kind !== 'ARRAY') return undefined;
    if (value.items) for (const item of value.items) add(pattern.element.name, item);
    if (value.items?.length === 0)
      add(pattern.element.name, {
        ...constant(value.at, value.type.element, 'NULL'),
        literal: { type: 'NULL', value: '' },
      });
    if (!value.items) add(pattern.element.name, constant(value.at, value.type.element, value.sql));
  }
  // An array that is NULL could have elements of any type.
  for (const name of patterns.flatMap(variablesOf))
    if (!found.has(name)) found.set(name, [constant(0, INT64, 'NULL')]);
  const variables = new Map<string, Type>();
  for (const [name, values] of found) {
    const type = supertype(values, zone);
    if (!type) return undefined;
    variables.set(name, type);
  }
  return variables;
}

function variablesOf(pattern: Pattern): string[] {
  if (pattern.kind === 'variable') return [pattern.name];
  return pattern.kind === 'array' ? variablesOf(pattern.element) : [];
}
