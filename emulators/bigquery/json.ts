import { invalid } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number of so many digits may be an integer that a double does not hold. Insert ids have runs as long, but within quotes. */
const LONG = /(?:^|[\s:,[-])\d{16}/;

/** JSON whose integers keep every digit: those beyond a double's come as text, which every int64 of the API may be. */
export function parseExact(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  const reviver = (_: string, value: unknown, context: { readonly source: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source)
      ? context.source
      : value;
  return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
}

/** A request's body; {} where there is none. @throws BigQueryError 400 */
export function parseBody(text: string): Json {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    throw invalid(`Parse Error: the body is no JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw invalid('Parse Error: expected the body to be a JSON object');
  return value;
}

/** @throws BigQueryError 400 with the path of what is no object */
export function objectAt(json: Json, name: string): Json | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(`Invalid value for ${name}: expected an object`, name);
  return value;
}

/** @throws BigQueryError 400 */
export function textAt(json: Json, name: string): string | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid value for ${name}: expected a string`, name);
  return value;
}

/** An int64 as the API has it: a number or its digits. @throws BigQueryError 400 */
export function integerAt(json: Json, name: string): number | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw invalid(`Invalid value for ${name}: expected an integer`, name);
  return number as number;
}

/** @throws BigQueryError 400 */
export function booleanAt(json: Json, name: string): boolean | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`Invalid value for ${name}: expected true or false`, name);
}

/**
 * What PATCH makes of a resource: objects are merged, null removes, everything else replaces
 * ({@link https://www.rfc-editor.org/rfc/rfc7396}).
 */
export function merge(before: Json, patch: Json): Json {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    const old = merged[name];
    if (value === null) delete merged[name];
    else if (isObject(value)) merged[name] = merge(isObject(old) ? old : {}, value);
    else merged[name] = value;
  }
  return merged;
}
