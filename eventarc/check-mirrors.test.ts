import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadMirrors, MirrorError } from '../shared/mirrors/load.ts';
import { formatProblem } from '../shared/yaml/problem.ts';
import { checkMirrors } from './check-mirrors.ts';
import { loadWiring } from './load.ts';
import type { Wiring } from './wiring.ts';

const ROOT = resolve(import.meta.dirname, '..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder pipelines/ with these files. */
function pipelines(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-mirrors-'));
  folders.push(folder);
  mkdirSync(join(folder, 'mirrors/schemas'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'mirrors', name), text);
  return folder;
}

function problemsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    loadMirrors(pipelines(files));
    return [];
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return error.message.split('\n');
  }
}

describe('a mirror’s file', () => {
  it('is compiled with the defaults filled in', () => {
    const { mirrors } = loadMirrors(pipelines({ 'posts.yaml': 'collection_path: posts\ntable_id: posts\n' }));
    expect(mirrors).toEqual([
      {
        name: 'posts',
        collection: 'posts',
        group: false,
        dataset: 'firestore_export',
        table: 'posts',
        oldData: true,
        pathParams: false,
        partitioning: 'DAY',
        clustering: ['document_id'],
        schemas: [],
      },
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'an unknown key',
      { 'a.yaml': 'collection_path: a\ntable_id: a\nwildcard_id: true\n' },
      'pipelines/mirrors/a.yaml:3:1: unknown key "wildcard_id"',
    ],
    [
      'a document in the place of a collection',
      { 'a.yaml': 'collection_path: a/b\ntable_id: a\n' },
      'pipelines/mirrors/a.yaml:1:18: "collection_path" is "a/b". Expected the path of a collection',
    ],
    [
      'a schema that is not there',
      { 'a.yaml': 'collection_path: a\ntable_id: a\nschemas: [b]\n' },
      'pipelines/mirrors/a.yaml:3:11: there is no pipelines/mirrors/schemas/b.json',
    ],
    [
      'a path in the place of a collection group',
      { 'a.yaml': 'collection_path: a/{b}/c\nuse_collection_group_query: true\ntable_id: a\n' },
      'pipelines/mirrors/a.yaml:1:18: "a/{b}/c" is the path of one collection, not the name of a collection group. Mend: write c.',
    ],
    [
      'tables of another mirror',
      {
        'a.yaml': 'collection_path: a\ntable_id: t\n',
        'b.yaml': 'collection_path: b\ntable_id: t\n',
      },
      'pipelines/mirrors/b.yaml:2:11: the mirror a writes the tables firestore_export.t_… as well',
    ],
    [
      'a type of a schema that there is not',
      {
        'a.yaml': 'collection_path: a\ntable_id: a\nschemas: [s]\n',
        'schemas/s.json': '{ "fields": [\n  { "name": "n", "type": "nubmer" } ] }',
      },
      'pipelines/mirrors/schemas/s.json:2:26: "type" is "nubmer"',
    ],
    [
      'two columns of one name',
      {
        'a.yaml': 'collection_path: a\ntable_id: a\nschemas: [s]\n',
        'schemas/s.json':
          '{ "fields": [\n  { "name": "a-b", "type": "string" },\n  { "name": "A_B", "type": "string" } ] }',
      },
      'pipelines/mirrors/schemas/s.json:3:3: another column of the view is named "A_B" already',
    ],
  ])('is refused for %s', (_, files, problem) => {
    expect(problemsOf(files).join('\n')).toContain(problem);
  });
});

describe('a mirror in the wiring', () => {
  const wiring = loadWiring(ROOT);
  const check = (yaml: string, changed: Partial<Wiring> = {}): string[] =>
    checkMirrors(loadMirrors(pipelines({ 'm.yaml': yaml })), { ...wiring, ...changed }).map(formatProblem);
  const wakenBy = (document: string): Partial<Wiring> => ({
    triggers: wiring.triggers.map(trigger =>
      trigger.name === 'mirror-on-alert' && trigger.kind === 'eventarc'
        ? { ...trigger, where: [{ attribute: 'document', value: document, operator: 'match-path-pattern' }] }
        : trigger,
    ),
  });

  it('of this repository is woken', () => {
    expect(checkMirrors(loadMirrors(join(ROOT, 'pipelines')), wiring)).toEqual([]);
  });

  it('that nothing wakes is told the line that does', () => {
    expect(check('table_id: t\ncollection_path: rooms/{room}/posts\n')).toEqual([
      'pipelines/mirrors/m.yaml:2:18: nothing wakes the step "mirror" for the documents of rooms/{room}/posts. Mend: add to eventarc/triggers.yaml: mirror-m: { step: mirror, event: google.cloud.firestore.document.v1.written, where: { document: "rooms/{room}/posts/{document}" } }.',
    ]);
  });

  it('is woken by that line', () => {
    const yaml = 'collection_path: rooms/{room}/posts\ntable_id: t\n';
    expect(check(yaml, wakenBy('rooms/{room}/posts/{document}'))).toEqual([]);
    expect(check(yaml, wakenBy('rooms/lobby/posts/{document}'))).toHaveLength(1);
  });

  it('of a collection group must be woken for it everywhere', () => {
    const yaml = 'collection_path: posts\nuse_collection_group_query: true\ntable_id: t\n';
    expect(check(yaml, wakenBy('{parent=**}/posts/{document}'))).toEqual([]);
    expect(check(yaml, wakenBy('posts/{document}'))).toHaveLength(1);
  });

  it('needs a role on its dataset', () => {
    expect(check('collection_path: alerts\ntable_id: t\ndataset_id: other\n')).toEqual([
      expect.stringContaining(
        'add to the roles of functions/mirror/function.yaml: { role: roles/bigquery.dataEditor, on: dataset:other }',
      ),
    ]);
  });
});
