import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Validate } from './enrich.ts';

const compiled = new WeakMap<Pipeline, Validate>();

/** The pipeline's schema as a check, compiled once a version. Its words name the field and what was expected. */
export function validatorOf(pipeline: Pipeline): Validate {
  const known = compiled.get(pipeline);
  if (known) return known;
  // The schema has been checked where it was compiled: once more would be most of an instance's first event.
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false });
  addFormats.default(ajv);
  const check = ajv.compile(pipeline.schema);
  const validate: Validate = data => {
    if (check(data)) return undefined;
    const error = check.errors?.[0];
    const field = error?.instancePath ? error.instancePath.slice(1).replaceAll('/', '.') : 'The record';
    return `${field} ${error?.message ?? 'does not fit the schema'}.`;
  };
  compiled.set(pipeline, validate);
  return validate;
}
