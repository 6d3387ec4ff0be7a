import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parse } from 'yaml';

/** A value of Terraform's; a set is a Set, so that it can be told from a list. */
export type Value = unknown;
type Call = (...args: never[]) => Value;

/** The values of a list, a set or an object, in Terraform's order. */
export function itemsOf(value: Value): readonly (readonly [key: string | number, item: Value])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (value instanceof Set) return [...value].sort().map(item => [String(item), item] as const);
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  throw new TypeError(`${JSON.stringify(value)} is no collection`);
}

const listOf = (value: Value): Value[] => itemsOf(value).map(([, item]) => item);

function flatten(value: Value): Value[] {
  return listOf(value).flatMap(item => (Array.isArray(item) || item instanceof Set ? flatten(item) : [item]));
}

function regex(pattern: string, text: string): Value {
  const found = new RegExp(pattern, 'u').exec(text);
  if (found === null) throw new Error(`"${text}" does not match ${pattern}`);
  return found.length > 1 ? found.slice(1) : found[0];
}

function coalesce(...values: Value[]): Value {
  const found = values.find(value => value !== null && value !== undefined && value !== '');
  if (found === undefined) throw new Error('nothing to coalesce');
  return found;
}

/** Names in order, and what could end a script escaped: as Terraform has it, since a state is compared to the letter. */
function jsonencode(value: Value): string {
  const ordered = (_: string, item: Value): Value =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(itemsOf(item))
      : item;
  return JSON.stringify(value, ordered).replace(/[<>&]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** What a YAML file says to Terraform, whose library reads version 1.1: "on" and "yes" are true there, as keys as well. */
const yamldecode = (text: string): Value => parse(text, { version: '1.1' }) as Value;

const trimWith = (set: string, text: string): string => {
  const of = new Set(set);
  let [start, end] = [0, text.length];
  while (start < end && of.has(text[start]!)) start++;
  while (end > start && of.has(text[end - 1]!)) end--;
  return text.slice(start, end);
};

/**
 * Terraform's functions that this repository uses. `try` and `can` are not here: they do not evaluate all they are given.
 * @see https://developer.hashicorp.com/terraform/language/functions
 */
export const FUNCTIONS: Readonly<Record<string, Call>> = {
  alltrue: (list: Value) => listOf(list).every(item => item === true),
  base64encode: (text: string) => Buffer.from(text).toString('base64'),
  basename: (path: string) => basename(path),
  coalesce,
  concat: (...lists: Value[]) => lists.flatMap(listOf),
  contains: (list: Value, item: Value) => listOf(list).includes(item),
  endswith: (text: string, end: string) => text.endsWith(end),
  file: (path: string) => readFileSync(path, 'utf8'),
  fileexists: (path: string) => existsSync(path),
  fileset: (folder: string, pattern: string) =>
    new Set(globSync(pattern, { cwd: resolve(folder) }).map(path => path.replaceAll('\\', '/'))),
  flatten,
  join: (separator: string, list: Value) => listOf(list).join(separator),
  jsondecode: (text: string) => JSON.parse(text) as Value,
  jsonencode,
  keys: (object: Value) => itemsOf(object).map(([key]) => key),
  length: (value: Value) => (typeof value === 'string' ? value.length : itemsOf(value).length),
  lookup: (object: Record<string, Value>, key: string, otherwise: Value) => object[key] ?? otherwise,
  max: (...numbers: number[]) => Math.max(...numbers),
  merge: (...objects: object[]) => Object.assign({}, ...objects) as Value,
  regex,
  sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  split: (separator: string, text: string) => text.split(separator),
  startswith: (text: string, start: string) => text.startsWith(start),
  substr: (text: string, from: number, length: number) => text.slice(from, from + length),
  tolist: listOf,
  tonumber: (value: Value) => Number(value),
  toset: (list: Value) => new Set(listOf(list)),
  trim: (text: string, set: string) => trimWith(set, text),
  trimprefix: (text: string, start: string) => (text.startsWith(start) ? text.slice(start.length) : text),
  trimsuffix: (text: string, end: string) => (text.endsWith(end) ? text.slice(0, -end.length) : text),
  values: listOf,
  yamldecode,
};
