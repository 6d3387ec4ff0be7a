import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { messageOf } from '../errors/errors.ts';
import { nearest } from '../yaml/nearest.ts';
import type { YamlPath } from '../yaml/problem.ts';
import { tellErrors } from '../yaml/schema-errors.ts';
import { type Fault, listOf, mapOf } from './fault.ts';

// Lenient like the step that will compile the schema: unknown keywords are annotations.
const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, logger: false });
addFormats.default(ajv);

/** Whether the schema of the record is one (JSON Schema 2020-12), told at the place inside it that is wrong. */
export function recordSchemaFaults(schema: unknown): Fault[] {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return [];
  const breaches = breachesOf(schema);
  const misspelt = misspeltIn(schema, ['schema']);
  if (breaches.length > 0 || misspelt.length > 0) return [...breaches, ...misspelt];
  try {
    ajv.compile(schema);
    return [];
  } catch (error) {
    const mend = 'see json-schema.org, draft 2020-12';
    return [{ path: ['schema'], what: `the record's schema cannot be used: ${messageOf(error)}`, mend }];
  } finally {
    ajv.removeSchema(schema);
  }
}

function breachesOf(schema: object): Fault[] {
  if (ajv.validateSchema(schema) === true) return [];
  const errors = (ajv.errors ?? []).filter(worthTelling);
  const faults = tellErrors(errors).map(({ path, ...told }) => ({ ...told, path: ['schema', ...path] }));
  // The dialect's vocabularies each complain of the same thing.
  const said = new Set<string>();
  return faults.filter(({ path }) => {
    const place = JSON.stringify(path);
    return !said.has(place) && said.add(place);
  });
}

/** `type` may be a name or a list of names; of the complaints about either, the one about names helps. */
function worthTelling(error: ErrorObject, _: number, all: readonly ErrorObject[]): boolean {
  if (error.keyword === 'anyOf') return false;
  const names = all.some(other => other.instancePath === error.instancePath && other.keyword === 'enum');
  return !names || error.keyword === 'enum';
}

const MAPS = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SINGLES = ['items', 'additionalProperties', 'contains', 'not', 'if', 'then', 'else', 'propertyNames'];
const KEYWORDS = new Set([
  ...[...MAPS, ...LISTS, ...SINGLES],
  ...['$schema', '$id', '$ref', '$anchor', '$comment', '$dynamicRef', '$dynamicAnchor'],
  ...['type', 'enum', 'const', 'format', 'pattern', 'required', 'dependentRequired', 'uniqueItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minContains', 'maxContains'],
  ...['minProperties', 'maxProperties', 'unevaluatedItems', 'unevaluatedProperties'],
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['contentEncoding', 'contentMediaType', 'contentSchema'],
]);

/** JSON Schema passes over unknown keywords; one that is nearly a known one would pass every record unchecked. */
function misspeltIn(schema: unknown, path: YamlPath): Fault[] {
  const node = mapOf(schema);
  const faults: Fault[] = Object.keys(node).flatMap(key => {
    if (KEYWORDS.has(key)) return [];
    const guess = nearest(key, KEYWORDS);
    if (guess === undefined) return [];
    const what = `JSON Schema has no keyword "${key}"`;
    return [{ path: [...path, key], part: 'key', what, mend: `did you mean ${guess}?` }];
  });
  for (const keyword of SINGLES) {
    if (Object.hasOwn(node, keyword)) faults.push(...misspeltIn(node[keyword], [...path, keyword]));
  }
  for (const keyword of MAPS) {
    for (const [name, inner] of Object.entries(mapOf(node[keyword]))) {
      faults.push(...misspeltIn(inner, [...path, keyword, name]));
    }
  }
  for (const keyword of LISTS) {
    for (const [index, inner] of listOf(node[keyword]).entries()) {
      faults.push(...misspeltIn(inner, [...path, keyword, index]));
    }
  }
  return faults;
}
