import { resolve } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStorage } from '../emulators/storage/storage.ts';
import { PermanentError } from '../shared/errors/errors.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import { createPipelineStore } from '../shared/pipelines/store.ts';

const { pipelines, objects } = loadPipelines(resolve(import.meta.dirname, '../pipelines'));
const names = pipelines.map(({ name }) => name);
const quakes = pipelines.find(({ name }) => name === 'quakes')!;
const PROJECT = 'demo-store';
const BUCKET = `${PROJECT}-pipelines`;

let storage: Awaited<ReturnType<typeof startStorage>>;
let client: Storage;
beforeAll(async () => {
  storage = await startStorage({ port: 0 });
  process.env['STORAGE_EMULATOR_HOST'] = `http://127.0.0.1:${storage.port}`;
  client = new Storage({ projectId: PROJECT });
  storage.createBucket(BUCKET);
  for (const [name, content] of objects) await put(name, content);
});
afterAll(() => storage.stop());

const put = (name: string, content: string) =>
  client.bucket(BUCKET).file(name).save(content, { resumable: false });

describe('the store of pipelines', () => {
  it('finds a pipeline as it is now, and by its version, with its reference data', async () => {
    const store = createPipelineStore(PROJECT);
    expect(await store.of('quakes', undefined)).toEqual(quakes);
    expect(await store.of('quakes', quakes.version)).toEqual(quakes);
    const { hash } = quakes.joins[0]!;
    expect(await store.reference(hash)).toBe(objects.get(`reference/${hash}.csv`));
  });

  it.each([
    [
      'quaeks',
      undefined,
      new RegExp(
        `^There is no pipeline "quaeks"\\. There are: ${names.join(', ')}\\. Did you mean quakes\\?$`,
      ),
    ],
    ['quaeks', '0123456789abcdef', /^There is no pipeline "quaeks"\./],
    ['quakes', '0123456789abcdef', /^The pipeline "quakes" has no version 0123456789abcdef\.$/],
    ['quakes', '../../current/quakes', /^"\.\.\/\.\.\/current\/quakes" is no pipeline's version;/],
    ['quakes', '', /^"" is no pipeline's version;/],
    ['../current/quakes', undefined, /^"\.\.\/current\/quakes" is no pipeline's name;/],
    ['quakes@0123456789abcdef', undefined, /is no pipeline's name;/],
    ['', undefined, /^"" is no pipeline's name;/],
    ['__proto__', undefined, /is no pipeline's name;/],
    ['x'.repeat(10_000), undefined, /^"x{100}" is no pipeline's name;/],
  ])('refuses %s at %s for good', async (name, version, message) => {
    const error = await createPipelineStore(PROJECT)
      .of(name, version)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PermanentError);
    expect((error as Error).message).toMatch(message);
  });

  it('sees a new version after five seconds, and keeps the old one for batches that bear it', async () => {
    let now = 0;
    const store = createPipelineStore(PROJECT, () => now);
    expect((await store.of('quakes', undefined)).version).toBe(quakes.version);
    const newer = { ...quakes, version: 'fedcba9876543210' };
    await put(`compiled/quakes/${newer.version}.json`, JSON.stringify(newer));
    await put('current/quakes.json', JSON.stringify({ version: newer.version }));
    now = 4_999;
    expect((await store.of('quakes', undefined)).version).toBe(quakes.version);
    now = 5_001;
    expect((await store.of('quakes', undefined)).version).toBe(newer.version);
    expect(await store.of('quakes', quakes.version)).toEqual(quakes);
  });

  it('finds a pipeline that was deployed after somebody asked for it in vain', async () => {
    const store = createPipelineStore(PROJECT);
    await expect(store.of('later', undefined)).rejects.toThrow('There is no pipeline "later".');
    await put(`compiled/later/${quakes.version}.json`, JSON.stringify({ ...quakes, name: 'later' }));
    await put('current/later.json', JSON.stringify({ version: quakes.version }));
    expect((await store.of('later', undefined)).name).toBe('later');
  });
});
