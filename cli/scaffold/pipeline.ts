import { isPipelineName, PIPELINE_NAME_EXPECTED } from '../../shared/pipelines/name.ts';
import { CommandError, EXIT } from '../command.ts';
import { writeNew } from './files.ts';

/**
 * Makes a pipeline with an example that is not right yet.
 * @returns what to do next, a line each
 * @throws CommandError for a name that cannot be one, or that is taken
 */
export function newPipeline(root: string, name: string): string[] {
  if (!isPipelineName(name)) {
    throw new CommandError(
      `"${name}" cannot name a pipeline; expected ${PIPELINE_NAME_EXPECTED}.`,
      EXIT.usage,
    );
  }
  const file = `pipelines/${name}.yaml`;
  writeNew(root, { [file]: pipelineText(name) });
  return [
    `${file}  say what a record looks like, and put one of yours into the example`,
    `npm run -s millrace -- test ${name}  tries the example: it is not right yet, and the line is named`,
    `npm start, then npm run -s millrace -- upload FILE --pipeline ${name}`,
  ];
}

const pipelineText = (
  name: string,
): string => `# yaml-language-server: $schema=../shared/pipelines/pipeline.schema.json
description: What ${name} are, in a line
schema: # JSON Schema of one record; what does not fit is a dead letter with its line
  type: object
  required: [at, name]
  properties:
    at: { type: string }
    name: { type: string }
    value: { type: number }
time: { field: at } # RFC 3339, or a number of ms (or s) since 1970
key: name # what events are grouped by
windows:
  hourly: { size: 1h, lateness: 1d, values: { value: value } } # count, sum, min, max and mean
alerts:
  high: { field: value, at-least: 100, title: "{name} is high: {value}" }
examples: # tried by millrace test ${name} and by npm test
  - name: a record that raises an alert
    given: { at: "2026-01-01T12:30:00Z", name: first, value: 120 }
    then:
      key: put a record of yours above, and its key here
      time: "2026-01-01T12:30:00Z"
      alerts: [high]
      windows: { hourly: { "2026-01-01T12:00:00Z": { first: { count: 1, value: { max: 120 } } } } }
  - name: a record that does not fit
    given: { name: second }
    then: { rejected: must have required property 'at' }
`;
