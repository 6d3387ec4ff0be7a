import { resolve } from 'node:path';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { loadPipelines } from './load.ts';
import { objectNames } from './objects.ts';
import schema from './pipeline.schema.json' with { type: 'json' };
import { faultsOf, HEAD, load, TABLE } from './testkit.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const JOIN = 'join: [{ reference: places, column: code, on: name, as: place }]\n';

describe('the pipelines of this repository', () => {
  it.each(['pipelines', 'test/pipelines'])('in %s load', folder => {
    expect(loadPipelines(resolve(ROOT, folder)).pipelines.length).toBeGreaterThan(0);
  });
});

describe('loading', () => {
  it('tells everything that is wrong in all files at once, in the order of the files', () => {
    const faults = faultsOf({
      'a.yaml': 'schema: { type: objekt }\ntime: { feild: at }\nkey: k\nwindows: { w: { size: 0s } }\n',
      'b.yaml': `${HEAD}id: nmae\nfeed: { sample: -1 }\n`,
      'broken.yaml': 'description: "\n',
      'fine.yaml': HEAD,
    });
    expect(faults.map(line => line.split(': ')[0])).toEqual([
      'pipelines/a.yaml:1:1',
      'pipelines/a.yaml:1:17',
      'pipelines/a.yaml:2:1',
      'pipelines/a.yaml:2:9',
      'pipelines/a.yaml:4:23',
      'pipelines/b.yaml:5:5',
      'pipelines/b.yaml:6:17',
      'pipelines/broken.yaml:2:1',
    ]);
  });

  it('refuses files whose names no pipeline may bear, and such as it would pass over', () => {
    expect(faultsOf({ 'My Pipeline.yaml': HEAD, 'other.yml': HEAD })).toEqual([
      'pipelines/My Pipeline.yaml:1:1: "My Pipeline" is no name for a pipeline. Expected a letter, then letters, digits and dashes, all lower-case, at most 63 in all. Mend: rename the file.',
      'pipelines/other.yml:1:1: files that end in .yml are not read. Mend: rename it to other.yaml.',
    ]);
  });

  it('takes a folder that is empty for no pipelines', () => {
    expect(load({})).toMatchObject({ pipelines: [], objects: new Map() });
  });

  it('survives keys that objects inherit', () => {
    const { pipelines } = load({ 'constructor.yaml': `${HEAD}windows: { constructor: { size: 1h } }\n` });
    expect(pipelines[0]!.windows.map(({ name }) => name)).toEqual(['constructor']);
    expect(faultsOf({ 'p.yaml': `${HEAD}id: constructor\n` })[0]).toContain('declares no "constructor"');
    expect(faultsOf({ 'p.yaml': `${HEAD}__proto__: { a: 1 }\n` })[0]).toContain('unknown key "__proto__"');
    expect(faultsOf({ 'p.yaml': `${HEAD}windows: { __proto__: { size: 1h } }\n` })).toHaveLength(1);
  });

  it('lays out what is deployed: definitions by version, tables by hash, pointers last', () => {
    const { pipelines, objects } = load({ 'p.yaml': HEAD + JOIN, 'q.yaml': HEAD, ...TABLE });
    const [p, q] = pipelines;
    expect([...objects.keys()]).toEqual([
      objectNames.compiled('p', p!.version),
      objectNames.reference(p!.joins[0]!.hash),
      objectNames.compiled('q', q!.version),
      'current/p.json',
      'current/q.json',
    ]);
    expect(JSON.parse(objects.get(objectNames.compiled('p', p!.version))!)).toEqual(p);
    expect(objects.get(objectNames.reference(p!.joins[0]!.hash))).toBe(TABLE['reference/places.csv']);
    expect(JSON.parse(objects.get('current/p.json')!)).toEqual({ version: p!.version });
  });
});

describe('the version of a pipeline', () => {
  const versionOf = (text: string, table = TABLE['reference/places.csv']) =>
    load({ 'p.yaml': text, 'reference/places.csv': table, 'reference/unused.csv': 'a\n' }).pipelines[0]!
      .version;
  const MORE = 'windows: { a: { size: 1h }, b: { size: 1d, lateness: 2h } }\n';
  const before = versionOf(HEAD + JOIN + MORE);

  it('is sixteen hex digits', () => {
    expect(before).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a window', HEAD + JOIN + MORE.replace('1d', '2d')],
    ['the schema', HEAD.replace('type: integer', 'type: number') + JOIN + MORE],
    ['a path', HEAD.replace('key: name', 'key: at') + JOIN + MORE],
    ['the time', HEAD.replace('field: at', 'field: at, unit: s') + JOIN + MORE],
    ['a join', HEAD + JOIN.replace('as: place', 'as: spot') + MORE],
    ['what is kept', `${HEAD}${JOIN}${MORE}feed: { entities: true }\n`],
  ])('changes with %s', (_, text) => {
    expect(versionOf(text)).not.toBe(before);
  });

  it('changes with the content of a table that it joins', () => {
    expect(versionOf(HEAD + JOIN + MORE, 'code,town,country\nbe,Berne,CH\n')).not.toBe(before);
  });

  it.each([
    ['comments', `# said before\n${HEAD}${JOIN}${MORE}`],
    ['the order of keys', MORE + JOIN + HEAD],
    [
      'the order within the schema',
      HEAD.replace(
        '{ type: object, properties: { at: { type: integer }, name: { type: string },',
        '{ properties: { name: { type: string }, at: { type: integer },',
      ).replace(' } } } } } }', ' } } } } }, type: object }') +
        JOIN +
        MORE,
    ],
    ['the order of windows', `${HEAD}${JOIN}windows: { b: { lateness: 2h, size: 1d }, a: { size: 1h } }\n`],
    ['the way of writing', HEAD + JOIN + MORE.replace('1h', '"60m"')],
    ['a default that is written out', `${HEAD}${JOIN}${MORE}feed: { sample: 5 }\n`],
  ])('does not change with %s', (_, text) => {
    expect(versionOf(text)).toBe(before);
  });

  it('does not change with a table that it does not join', () => {
    expect(versionOf(HEAD, 'code\n')).toBe(versionOf(HEAD));
  });

  it('is not shared by pipelines of two names', () => {
    const [a, b] = load({ 'a.yaml': HEAD, 'b.yaml': HEAD }).pipelines;
    expect(a!.version).not.toBe(b!.version);
  });
});

describe('pipeline.schema.json, for editors', () => {
  it('is JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false });
    expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
  });

  it('describes every key', () => {
    const silent: string[] = [];
    const visit = (node: AnySchemaObject, at: string): void => {
      for (const [key, property] of Object.entries(
        (node['properties'] ?? {}) as Record<string, AnySchemaObject>,
      )) {
        if (!property['description']) silent.push(`${at}.${key}`);
        visit(property, `${at}.${key}`);
      }
      for (const inner of ['items', 'additionalProperties'] as const) {
        if (typeof node[inner] === 'object') visit(node[inner] as AnySchemaObject, `${at}.*`);
      }
    };
    visit(schema, '');
    expect(silent).toEqual([]);
  });
});
