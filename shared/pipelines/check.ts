import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseCsv } from '../csv/csv.ts';
import { messageOf } from '../errors/errors.ts';
import type { Checked } from '../yaml/checked.ts';
import { nearest } from '../yaml/nearest.ts';
import type { Problem, YamlPath } from '../yaml/problem.ts';
import { parsePath } from './path.ts';
import type { PipelineSource } from './source.ts';

/** The rules that no schema can state: paths lead somewhere, reference data is there, the record's schema is one. */
export function checkPipeline(
  checked: Checked<PipelineSource>,
  references: ReadonlyMap<string, string>,
): Problem[] {
  const { value: source } = checked;
  const problems: Problem[] = [];
  const say = (path: YamlPath, what: string, mend: string): void => {
    problems.push(checked.problem(path, { what, mend }));
  };
  const wrongSchema = schemaFault(source.schema);
  if (wrongSchema) say(['schema'], wrongSchema, 'see json-schema.org, draft 2020-12');

  const joined = new Set((source.join ?? []).map(join => join.as));
  for (const { at, path } of pathsOf(source)) {
    const astray = astrayAt(source.schema, path, joined);
    if (!astray) continue;
    const guess = astray.guess ? `did you mean ${astray.guess}? Or declare it` : 'declare it';
    say(at, `${path}: the record's schema declares no "${astray.name}"`, `${guess} under schema.properties`);
  }
  for (const [index, join] of (source.join ?? []).entries()) {
    const file = `pipelines/reference/${join.reference}.csv`;
    const csv = references.get(join.reference);
    if (csv === undefined) {
      const guess = nearest(join.reference, references.keys());
      say(
        ['join', index, 'reference'],
        `there is no ${file}`,
        guess ? `did you mean ${guess}?` : 'add the file',
      );
      continue;
    }
    try {
      const { header } = parseCsv(csv);
      if (!header.includes(join.column)) {
        say(
          ['join', index, 'column'],
          `${file} has no column "${join.column}"`,
          `it has ${header.join(', ')}`,
        );
      }
    } catch (error) {
      say(['join', index, 'reference'], `${file}: ${messageOf(error)}`, 'mend the file');
    }
  }
  return problems;
}

function schemaFault(schema: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return `the record's schema is no JSON Schema: ${messageOf(error)}`;
  }
}

/** Every path that the file names, and where. */
function pathsOf(source: PipelineSource): { at: YamlPath; path: string }[] {
  const found: { at: YamlPath; path: string }[] = [
    { at: ['time', 'field'], path: source.time.field },
    { at: ['key'], path: source.key },
  ];
  if (source.id) found.push({ at: ['id'], path: source.id });
  for (const [index, join] of (source.join ?? []).entries())
    found.push({ at: ['join', index, 'on'], path: join.on });
  for (const [name, window] of Object.entries(source.windows ?? {})) {
    if (window.key) found.push({ at: ['windows', name, 'key'], path: window.key });
    for (const [measure, path] of Object.entries(window.values ?? {})) {
      found.push({ at: ['windows', name, 'values', measure], path });
    }
  }
  for (const [name, alert] of Object.entries(source.alerts ?? {})) {
    found.push({ at: ['alerts', name, 'field'], path: alert.field });
    for (const [, path = ''] of alert.title.matchAll(/\{([^{}]*)\}/g)) {
      found.push({ at: ['alerts', name, 'title'], path });
    }
  }
  return found;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** The first name of a path that the schema, where it lists properties, does not know. */
function astrayAt(
  schema: SchemaNode,
  text: string,
  joined: ReadonlySet<string>,
): { name: string; guess: string | undefined } | undefined {
  let node: SchemaNode | undefined = schema;
  const path = segmentsOf(text);
  if (!path) return { name: text, guess: undefined };
  for (const [depth, segment] of path.entries()) {
    if (depth === 0 && joined.has(String(segment))) return undefined;
    if (typeof segment === 'number') node = node.items;
    else if (node.properties && !Object.hasOwn(node.properties, segment)) {
      return { name: segment, guess: nearest(segment, Object.keys(node.properties)) };
    } else node = node.properties?.[segment];
    if (!node) return undefined;
  }
  return undefined;
}

function segmentsOf(text: string): ReturnType<typeof parsePath> | undefined {
  try {
    return parsePath(text);
  } catch {
    return undefined;
  }
}
