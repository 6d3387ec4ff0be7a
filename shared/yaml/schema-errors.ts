import type { ErrorObject } from 'ajv/dist/2020.js';
import { nearest } from './nearest.ts';
import type { YamlPath } from './problem.ts';

/** A schema error told for people, still without a place in the file. */
export interface Finding {
  readonly path: YamlPath;
  readonly part: 'key' | 'value';
  readonly what: string;
  readonly expected?: string;
  readonly mend?: string;
}

/** `error` is the schema's complaint, `name` the quoted key it is about. */
type Teller = (
  error: ErrorObject,
  name: string,
) => Omit<Finding, 'path' | 'part'> & { readonly key?: string };

/** What ajv's keywords mean to the person who wrote the file. `expected` and `mend` in the schema itself win over these. */
const TELLERS: Readonly<Record<string, Teller>> = {
  additionalProperties: e => unknownKey(String(e.params['additionalProperty']), propertiesOf(e)),
  unevaluatedProperties: e => unknownKey(String(e.params['unevaluatedProperty']), propertiesOf(e)),
  required: (e, name) => {
    const missing = String(e.params['missingProperty']);
    return { what: `${name} has no "${missing}"`, mend: `add the key ${missing}` };
  },
  dependentRequired: (e, name) => {
    const missing = String(e.params['missingProperty']);
    return { what: `${name} has no "${missing}"`, mend: `add the key ${missing}` };
  },
  type: (e, name) => ({ what: `${name} is ${kindOf(e.data)}`, expected: kindsOf(e.params['type']) }),
  enum: (e, name) => choice(e, name, (e.params['allowedValues'] as unknown[]).map(String)),
  const: (e, name) => choice(e, name, [String(e.params['allowedValue'])]),
  pattern: (e, name) => ({
    what:
      e.propertyName === undefined ? `${name} is ${JSON.stringify(e.data)}` : `${name} is no valid name here`,
    expected: `text that matches ${String(e.params['pattern'])}`,
  }),
  format: (e, name) => ({
    what: `${name} is ${JSON.stringify(e.data)}`,
    expected: `a ${String(e.params['format'])}`,
  }),
  minimum: bound('at least'),
  maximum: bound('at most'),
  exclusiveMinimum: bound('more than'),
  exclusiveMaximum: bound('less than'),
  minLength: (e, name) => ({
    what: `${name} is ${e.data === '' ? 'empty' : 'too short'}`,
    expected: `at least ${String(e.params['limit'])} characters`,
  }),
  maxLength: (e, name) => ({
    what: `${name} is too long`,
    expected: `at most ${String(e.params['limit'])} characters`,
  }),
  minItems: (e, name) => ({
    what: `${name} has too few items`,
    expected: `at least ${String(e.params['limit'])}`,
  }),
  maxItems: (e, name) => ({
    what: `${name} has too many items`,
    expected: `at most ${String(e.params['limit'])}`,
  }),
  minProperties: (e, name) => ({
    what: `${name} has too few keys`,
    expected: `at least ${String(e.params['limit'])}`,
  }),
  uniqueItems: (_, name) => ({ what: `${name} has the same item twice` }),
  oneOf: (e, name) =>
    oneKey(e, name) ?? {
      what: `${name} fits ${e.params['passingSchemas'] === null ? 'none' : 'more than one'} of its forms`,
    },
  anyOf: (_, name) => ({ what: `${name} fits none of its forms` }),
  not: (_, name) => ({ what: `${name} is refused` }),
};

/** Errors that only repeat what another one says better. */
const ECHOES = new Set(['if', 'propertyNames']);
const CHOICES = ['oneOf', 'anyOf'];

/** Turns ajv's errors (made with `allErrors` and `verbose`) into findings. */
export function tellErrors(errors: readonly ErrorObject[]): Finding[] {
  const choices = errors.filter(e => CHOICES.includes(e.keyword)).map(e => `${e.schemaPath}/`);
  return errors
    .filter(e => !ECHOES.has(e.keyword) && !choices.some(prefix => e.schemaPath.startsWith(prefix)))
    .map(tell);
}

function tell(error: ErrorObject): Finding {
  const above = error.instancePath.split('/').slice(1).map(unescapePointer);
  const named = error.propertyName === undefined ? above : [...above, error.propertyName];
  const last = named.at(-1);
  const name = last === undefined ? 'the file' : `"${last}"`;
  const teller = TELLERS[error.keyword];
  const told = teller?.(error, name) ?? { what: `${name} ${error.message ?? 'is refused'}` };
  const { expected, mend } = (error.parentSchema ?? {}) as { expected?: string; mend?: string };
  // A schema's own words are about its value; a key missing from it or unknown to it is told by the key itself.
  const own = told.key === undefined && error.keyword !== 'required' ? { expected, mend } : {};
  const texts = { expected: own.expected ?? told.expected, mend: own.mend ?? told.mend };
  const aboutKey = told.key !== undefined || error.propertyName !== undefined || error.keyword === 'required';
  return {
    path: told.key === undefined ? named : [...named, told.key],
    part: aboutKey || error.keyword === 'not' ? 'key' : 'value',
    what: told.what,
    ...(texts.expected === undefined ? {} : { expected: texts.expected }),
    ...(texts.mend === undefined ? {} : { mend: texts.mend }),
  };
}

function unknownKey(key: string, known: readonly string[]) {
  const guess = nearest(key, known);
  return {
    key,
    what: `unknown key "${key}"`,
    expected: known.length === 0 ? 'no further keys' : `one of ${known.join(', ')}`,
    mend: guess === undefined ? 'take it out' : `did you mean ${guess}?`,
  };
}

/** Keys to suggest: not those that the schema only names in order to refuse them, and marks so for editors. */
function propertiesOf(error: ErrorObject): string[] {
  const properties = (error.parentSchema?.['properties'] ?? {}) as Record<string, { doNotSuggest?: boolean }>;
  return Object.keys(properties).filter(key => properties[key]?.doNotSuggest !== true);
}

function choice(error: ErrorObject, name: string, allowed: readonly string[]) {
  const guess = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined;
  return {
    what: `${name} is ${JSON.stringify(error.data)}`,
    expected: allowed.length === 1 ? allowed.join() : `one of ${allowed.join(', ')}`,
    ...(guess === undefined ? {} : { mend: `did you mean ${guess}?` }),
  };
}

/** A choice between keys, of which each form requires one; left to the schema where that has words of its own. */
function oneKey(error: ErrorObject, name: string): Omit<Finding, 'path' | 'part'> | undefined {
  const keys = (error.schema as { required?: string[] }[]).map(({ required = [], ...more }) =>
    required.length === 1 && Object.keys(more).length === 0 ? required[0]! : undefined,
  );
  if (error.parentSchema?.['expected'] || !keys.every(key => key !== undefined)) return undefined;
  const expected = `exactly one of ${keys.join(', ')}`;
  const present = keys.filter(key => Object.hasOwn(error.data as object, key));
  return present.length === 0
    ? { what: `${name} lacks a key`, expected, mend: `add one, such as ${keys[0]}` }
    : { what: `${name} has ${present.join(' and ')}`, expected, mend: 'take out all but one' };
}

function bound(words: string): Teller {
  return (e, name) => ({
    what: `${name} is ${String(e.data)}`,
    expected: `${words} ${String(e.params['limit'])}`,
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `${kindsOf(typeof value)} (${JSON.stringify(value)})`;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
};

function kindsOf(types: unknown): string {
  return [types]
    .flat()
    .map(type => KINDS[String(type)] ?? String(type))
    .join(' or ');
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
