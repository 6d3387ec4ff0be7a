import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWiring } from '../../eventarc/load.ts';
import { loadExamples, tellDifference } from '../examples/load.ts';
import { newPipeline } from './pipeline.ts';
import { newStep } from './step.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TRIGGERS = 'eventarc/triggers.yaml';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-new-'));
  for (const folder of ['eventarc', 'functions'])
    cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
  for (const name of ['shared', 'node_modules', 'package.json', 'tsconfig.json', 'biome.json']) {
    symlinkSync(join(ROOT, name), join(root, name));
  }
  mkdirSync(join(root, 'pipelines'));
});
afterAll(() => rmSync(root, { recursive: true }));

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const run = (tool: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', tool), args, {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
};

describe('a new step', () => {
  it('is a step of the wiring, on a line after all that stood there', () => {
    const before = read(TRIGGERS);
    expect(newStep(root, 'count-words').join('\n')).toContain('functions/count-words/count-words.test.ts');
    const after = read(TRIGGERS);
    expect(after.slice(0, before.length)).toBe(before);
    expect(after.slice(before.length)).toMatch(/^count-words-on-events: \{ step: count-words, .*\}\n$/);
    const { steps, triggers } = loadWiring(root);
    expect(steps.map(({ name }) => name)).toContain('count-words');
    expect(triggers).toContainEqual(
      expect.objectContaining({ name: 'count-words-on-events', topic: 'events' }),
    );
  });

  it('passes the checks, and fails its test with what to do until it does something', () => {
    expect(run('biome', 'check', 'functions/count-words')).toMatchObject({ status: 0 });
    const { status, said } = run('vitest', 'run', '--root', root, 'functions/count-words');
    expect(status).toBe(1);
    expect(said).toContain('say here what countWords() makes of the batch, then make count-words.ts do it');
  });

  it.each(['Shout', '9lives', 'a b', '../x', 'a--b', 'ends-', '', 'x'.repeat(50), 'delete'])(
    'has no name like %j',
    name => {
      expect(() => newStep(root, name)).toThrow('cannot name a step');
    },
  );

  it('takes the place of none that is there', () => {
    const before = read(TRIGGERS);
    expect(() => newStep(root, 'feed')).toThrow(
      'eventarc/triggers.yaml has a trigger feed-on-events already',
    );
    expect(() => newStep(root, 'tick')).toThrow(
      'functions/tick/tick.ts is there already; nothing was written.',
    );
    expect(read(TRIGGERS)).toBe(before);
  });
});

describe('a new pipeline', () => {
  it('has an example that is not right yet, at a line that says what to put there', () => {
    newPipeline(root, 'visits');
    const [visits] = loadExamples(join(root, 'pipelines'));
    const told = visits!.examples.flatMap(example =>
      visits!.run(example).map(difference => tellDifference(example, difference)),
    );
    expect(told).toEqual([
      'pipelines/visits.yaml:20:7: key of the record is "first"; the example says "put a record of yours above, and its key here".',
    ]);
  });

  it('has a name fit for objects and documents, which no other has', () => {
    expect(() => newPipeline(root, 'Visits')).toThrow('"Visits" cannot name a pipeline; expected a letter');
    expect(() => newPipeline(root, 'visits')).toThrow('pipelines/visits.yaml is there already');
  });
});
