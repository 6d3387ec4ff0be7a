import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWiring } from '../eventarc/load.ts';
import { sha256, unzip } from './archive.ts';
import { archiveOf, buildArchives, MAX_BYTES, type Manifest } from './archives.ts';
import { bundle } from './bundle.ts';
import { startInstance, unpack } from './instance.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';
import { UNUSED_PARTS } from './unused-parts.ts';
import { WAKERS, wake } from './wakers.ts';

const ROOT = resolve(import.meta.dirname, '..');
const STEPS = readdirSync(join(ROOT, 'functions')).sort();
const folder = mkdtempSync(join(tmpdir(), 'millrace-build-'));
const dist = join(folder, 'dist');
const read = (file: string): Buffer => readFileSync(join(dist, file));
let manifest: Manifest;

beforeAll(async () => {
  mkdirSync(dist);
  for (const file of ['enrich-0123456789abcdef.zip', 'of-somebody-else.zip'])
    writeFileSync(join(dist, file), '');
  manifest = await buildArchives(ROOT, dist);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What only the client of these roles has in its code. */
const SIGNS: Readonly<Record<string, string>> = {
  'roles/datastore.': 'FIRESTORE_EMULATOR_HOST',
  'roles/pubsub.': 'PUBSUB_EMULATOR_HOST',
  'roles/storage.': 'STORAGE_EMULATOR_HOST',
  'roles/bigquery.': 'BIGQUERY_EMULATOR_HOST',
  'roles/cloudtasks.': 'google.cloud.tasks.v2.CloudTasks',
};

describe('a build', () => {
  it('makes an archive of every step and tells Terraform its name, hash and size', () => {
    expect(Object.keys(manifest)).toEqual(STEPS);
    expect(JSON.parse(read('manifest.json').toString())).toEqual(manifest);
    for (const [step, { file, sha256: hash, bytes }] of Object.entries(manifest)) {
      expect(sha256(read(file))).toBe(hash);
      expect(file).toBe(`${step}-${hash.slice(0, 16)}.zip`);
      expect(read(file).byteLength).toBe(bytes);
    }
  });

  it('removes the archives of earlier builds, and nothing else', () => {
    const files = Object.values(manifest).map(({ file }) => file);
    expect(readdirSync(dist).sort()).toEqual([...files, 'manifest.json', 'of-somebody-else.zip'].sort());
  });

  it.each(STEPS)('keeps the archive of %s within the limit', step => {
    expect(manifest[step]!.bytes).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('gives the same bytes in another folder, another time zone and a year later', async () => {
    const elsewhere = join(folder, 'elsewhere');
    for (const part of ['functions', 'shared', 'eventarc', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, part), join(elsewhere, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'), 'junction');
    // One step with most of the clients and one with few: the others are made by the same code.
    const steps = loadWiring(elsewhere).steps.filter(({ name }) => ['mirror', 'publish'].includes(name));
    const hashes = await later(() =>
      Promise.all(steps.map(async step => sha256(await archiveOf(elsewhere, step)))),
    );
    expect(hashes).toEqual([manifest['mirror']!.sha256, manifest['publish']!.sha256]);
  });

  it.each(STEPS)('leaves no path of this machine in the archive of %s', step => {
    const text = Buffer.concat(Object.values(unzip(read(manifest[step]!.file)))).toString('latin1');
    for (const path of [ROOT, folder, process.execPath]) expect(text.includes(path)).toBe(false);
  });

  it.each(STEPS)('puts into the archive of %s the clients that its roles are for, and no other', step => {
    const { roles } = loadWiring(ROOT).steps.find(({ name }) => name === step)!;
    const code = Buffer.from(unzip(read(manifest[step]!.file))['step.js']!).toString('latin1');
    for (const [role, sign] of Object.entries(SIGNS)) {
      const used = roles.some(one => one.role.startsWith(role));
      expect([role, code.includes(sign)]).toEqual([role, used]);
    }
  });

  it('leaves no client out where a role may be for any of them', async () => {
    const roles = [{ role: 'roles/editor', on: 'project' } as const];
    // Between them they import every client there is.
    const bundles = await Promise.all(['tick', 'mirror'].map(name => bundle(ROOT, { name, roles })));
    const text = bundles.map(({ code }) => Buffer.from(code).toString('latin1')).join();
    for (const sign of Object.values(SIGNS)) expect(text).toContain(sign);
  });

  it('leaves out only what there is', () => {
    for (const file of UNUSED_PARTS.flatMap(({ files }) => files)) {
      expect([file, existsSync(join(ROOT, 'node_modules', file))]).toEqual([file, true]);
    }
  });

  it('pins the framework in the archive to the version that is tested here', () => {
    const { 'package.json': content } = unzip(read(manifest['enrich']!.file));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const framework = '@google-cloud/functions-framework';
    expect(JSON.parse(Buffer.from(content!).toString())).toEqual({
      name: 'millrace-enrich',
      private: true,
      type: 'commonjs',
      main: 'index.cjs',
      engines: { node: '24' },
      scripts: { 'gcp-build': 'node index.cjs' },
      dependencies: { [framework]: dependencies[framework] },
    });
  });
});

/** Runs something under another clock: Date is replaced, since waiting for it is no way to test. */
async function later<T>(run: () => Promise<T>): Promise<T> {
  const before = process.env['TZ'];
  const year = 365 * 24 * 3600 * 1000;
  const today = Date.now;
  process.env['TZ'] = 'America/St_Johns';
  Date.now = () => today() + year;
  try {
    return await run();
  } finally {
    Date.now = today;
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

/** What each step must leave behind: paths of documents, or the topic it publishes to. */
const EFFECTS: Readonly<Record<string, RegExp | 'its answer alone'>> = {
  ingest: /^dead-letters$/,
  enrich: /^events$/,
  detect: /^alerts\/high-/,
  join: /^_millrace\/join\/keyLedger\//,
  notify: /^inbox\/a\/messages\/a-warning$/,
  publish: /^events-raw$/,
  'upload-url': 'its answer alone',
  feed: /^live\/probe\/liveEvents\//,
  aggregate: /^_millrace\/aggregate\/ledger\//,
  // Of what `aggregate` has counted before it.
  tick: /^windows\/probe\/panes\//,
  'dead-letter': /^deadLetters\//,
  warehouse: /^millrace\.events_probe_raw$/,
  mirror: /^firestore_export\.alerts_raw_changelog$/,
};

const DONE = [200, 201, 202, 204];

describe('an archive, unpacked and started by the framework alone', () => {
  let around: Surroundings;
  beforeAll(async () => {
    around = await startSurroundings(ROOT);
  });
  afterAll(() => around[Symbol.asyncDispose]());

  it.each(STEPS)('of %s answers a real event once its effects are durable, and its copy', async step => {
    const waker = WAKERS[step];
    expect(waker, `build/wakers.ts has no event for ${step}`).toBeDefined();
    unpack(ROOT, join(dist, manifest[step]!.file), join(folder, step));
    const event = await waker!(around, 'a');
    await around.effects();
    await using instance = await startInstance(step, join(folder, step), around.environment);
    expect(DONE, instance.output()).toContain(await wake(instance.url, event));
    const left = await around.effects();
    const effect = EFFECTS[step]!;
    if (effect === 'its answer alone') expect(left).toEqual([]);
    else expect(left).toContainEqual(expect.stringMatching(effect));
    // Now the services answer that things are there already.
    expect(DONE, instance.output()).toContain(await wake(instance.url, event));
  });

  it('starts also where its code cache is of another Node, and says that it is slower', async () => {
    const unpacked = join(folder, 'dead-letter');
    writeFileSync(join(unpacked, 'step.cache'), 'of another Node');
    await using instance = await startInstance('dead-letter', unpacked, around.environment);
    expect([200, 204]).toContain(await wake(instance.url, await WAKERS['dead-letter']!(around, 'b')));
    expect(instance.output()).toContain('step.cache was made by another Node');
  });
});
