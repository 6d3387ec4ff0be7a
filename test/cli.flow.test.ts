import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { free, freeBase } from './support/ports.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CLI = resolve(ROOT, 'cli/millrace.mjs');
const QUAKES = resolve(ROOT, 'node_modules/vega-datasets/data/earthquakes.json');
const NAMES = readdirSync(join(ROOT, 'pipelines'))
  .flatMap(file => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : []))
  .sort()
  .join(', ');
const OFFSETS = [1, 2, 3, 4, 6];

interface Run {
  readonly process: ChildProcess;
  out: string;
  err: string;
  readonly ended: Promise<number | null>;
}
interface Quake {
  readonly properties: { readonly time: number; readonly net: string; readonly mag: number };
}

const running = new Set<ChildProcess>();
let base = 0;
let suite: Run;
let firestore: Firestore;
let pubsub: PubSub;
let folder: string;

/** The real command line as a process of its own. */
function millrace(args: readonly string[], input?: string): Run {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    env: { ...process.env, MILLRACE_PORT: String(base), NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const run: Run = { process: child, out: '', err: '', ended };
  child.stdout.on('data', chunk => {
    run.out += chunk;
  });
  child.stderr.on('data', chunk => {
    run.err += chunk;
  });
  child.stdin.end(input ?? '');
  return run;
}

async function done(args: readonly string[], input?: string) {
  const run = millrace(args, input);
  const code = await run.ended;
  return { code, out: run.out, err: run.err, last: run.out.trimEnd().split('\n').at(-1) ?? '' };
}

async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen; stderr: ${suite.err}`);
    await new Promise(wake => setTimeout(wake, 10));
  }
}

/** Processes that a process has started, found through /proc; none where there is no /proc. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The sum of the numbers as they are held, rounded once: as whole multiples of 2^-80 it has no error. */
function exactSum(values: readonly number[]): number {
  const units = values.map(value => BigInt(value * 2 ** 80));
  return Number(units.reduce((sum, unit) => sum + unit, 0n)) / 2 ** 80;
}

let firstSeconds = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  base = await freeBase(OFFSETS);
  Object.assign(process.env, {
    GOOGLE_CLOUD_PROJECT: 'demo-millrace',
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${base + 3}`,
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${base + 4}`,
    METADATA_SERVER_DETECTION: 'none',
  });
  firestore = new Firestore({ projectId: 'demo-millrace' });
  pubsub = new PubSub({ projectId: 'demo-millrace' });
  const began = performance.now();
  suite = millrace(['start', '--empty']);
  await until(() => suite.out.includes('is up'), 'the start of the suite');
  const attributes = { pipeline: 'nobody', 'content-type': 'application/json' };
  await Promise.all([
    pubsub
      .topic('dead-letters-probe')
      .create()
      .catch(() => undefined),
    firestore.doc('probe/read').get(),
  ]);
  await pubsub.topic('dead-letters-probe').publishMessage({ data: Buffer.from('{}'), attributes });
  firstSeconds = (performance.now() - began) / 1000;
});

afterAll(async () => {
  await Promise.all([firestore?.terminate(), pubsub?.close()]);
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('a suite that was started empty', () => {
  it('takes a publish and a read of official clients soon after its process has begun', () => {
    console.log(`first publish and read after ${firstSeconds.toFixed(2)} s`);
    expect(firstSeconds).toBeLessThan(5);
  });

  it('takes an upload, whose windows equal a count over the file', async () => {
    const { code, last, err } = await done(['upload', QUAKES, '--pipeline', 'quakes', '--json']);
    expect([code, err.replace(/^.*earthquakes.*\n/gm, '')]).toEqual([0, '']);
    expect(JSON.parse(last)).toEqual({
      upload: expect.stringContaining('earthquakes'),
      records: 1707,
      accepted: 1707,
      rejected: 0,
      seconds: expect.any(Number),
    });
    const { features } = JSON.parse(readFileSync(QUAKES, 'utf8')) as { features: Quake[] };
    const expected = new Map<string, number[]>();
    for (const { properties } of features) {
      const hour = Math.floor(properties.time / 3_600_000) * 3_600_000;
      const group = `${new Date(hour).toISOString()} ${properties.net}`;
      expected.set(group, [...(expected.get(group) ?? []), properties.mag]);
    }
    const { docs } = await firestore.collection('windows/quakes/panes').get();
    const found = new Map<string, { count: number; magnitude: Record<string, number> }>();
    for (const pane of docs) {
      const start = (pane.get('start').toDate() as Date).toISOString();
      for (const [key, value] of Object.entries(pane.get('keys') as Record<string, never>)) {
        found.set(`${start} ${key}`, value);
      }
    }
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [group, values] of expected) {
      const { count, magnitude } = found.get(group)!;
      expect([group, count, magnitude]).toEqual([
        group,
        values.length,
        expect.objectContaining({
          sum: exactSum(values),
          min: Math.min(...values),
          max: Math.max(...values),
        }),
      ]);
      expect(magnitude['mean']).toBeCloseTo(exactSum(values) / values.length, 14);
    }
  });

  it('says how it stands', async () => {
    const [{ code, last }, plain] = await Promise.all([done(['status', '--json']), done(['status'])]);
    expect(code).toBe(0);
    expect(JSON.parse(last)).toMatchObject({
      triggers: expect.arrayContaining([expect.objectContaining({ step: 'enrich', failed: 0 })]),
      results: {
        events: { in: 1707, enriched: 1707, rejected: 0 },
        windows: 169,
        alerts: 39,
        deadLetters: 0,
      },
    });
    expect(plain.out).toMatch(/trigger +step +waiting/);
  });

  it('says what the run would have cost, by service and by step', async () => {
    const [{ code, last }, plain] = await Promise.all([
      done(['status', '--cost', '--json']),
      done(['status', '--cost']),
    ]);
    expect(code).toBe(0);
    const bill = JSON.parse(last);
    expect(bill).toMatchObject({ events: 1707, prices: { region: 'us-central1' } });
    expect(bill.perMillion).toBeCloseTo((bill.usd / 1707) * 1e6, 6);
    const payers = bill.accounts.map(({ payer }: { payer: string }) => payer);
    expect(payers).toEqual(expect.arrayContaining(['ingest', 'enrich', 'aggregate', 'tick', 'clients']));
    expect(plain.out).toMatch(/Firestore: writes +[\d,]+ +0\.18 for 100,000 +0\.\d{6}/);
    expect(plain.out).toMatch(/A million events like these 1,707: \$\d+\.\d\d/);
    expect((await done(['resume', 'enrich-on-raw'])).err).toBe(
      "No trigger 'enrich-on-raw' is stopped; stopped are: none\n",
    );
  });

  it('takes events line by line, while a watcher sees what comes of them', async () => {
    const watch = millrace(['watch', 'alerts', '--json']);
    const document = millrace(['watch', 'watched/one']);
    await until(() => watch.out.split('\n').length > 39, 'the alerts that there are');
    await until(() => document.err.includes('not there yet'), 'the watch of the document');
    const quake = (id: string) => ({
      ...{ id, geometry: { coordinates: [1, 2, 3] } },
      properties: { mag: 9.5, time: Date.now(), net: 'us', place: 'the test' },
    });
    const event = {
      specversion: '1.0',
      id: 'c1',
      source: '/test',
      type: 'quake',
      data: quake('cloud-event'),
    };
    const lines = [JSON.stringify(quake('plain')), 'no json', '', JSON.stringify(event)];
    const published = await done(['publish', 'quakes', '--json'], lines.join('\n'));
    expect(published.code).toBe(1);
    expect(published.err).toBe('Line 2 is not a JSON object; it was not published.\n');
    expect(JSON.parse(published.last)).toEqual({ published: 2, refused: 1, seconds: expect.any(Number) });
    await until(() => watch.out.match(/the test/g)?.length === 2, 'two alerts of the test');

    await firestore.doc('watched/one').set({ at: new Date(0) });
    await until(() => document.out.includes('+ watched/one {"at":"1970-01-01T00:00:00.000Z"}'), 'its making');
    await firestore.doc('watched/one').delete();
    await until(() => document.out.includes('- watched/one'), 'its end');
    for (const run of [watch, document]) run.process.kill('SIGINT');
    expect(await Promise.all([watch.ended, document.ended])).toEqual([0, 0]);
  });

  it('is found by official clients of another process through env', async () => {
    const { out } = await done(['env', '--json']);
    const program = `
      const { Storage } = await import('@google-cloud/storage');
      const [buckets] = await new Storage().getBuckets();
      console.log(buckets.map(bucket => bucket.name).sort().join());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...(JSON.parse(out) as Record<string, string>) },
    });
    let printed = '';
    child.stdout.on('data', chunk => {
      printed += chunk;
    });
    await once(child, 'close');
    expect(printed.trim()).toBe('demo-millrace-pipelines,demo-millrace-rejects,demo-millrace-uploads');
  });

  it('knows its pipelines, and its ports', async () => {
    const [upload, publish, second] = await Promise.all([
      done(['upload', QUAKES, '--pipeline', 'quaeks']),
      done(['publish', 'nobody'], '{}'),
      done(['start', '--empty']),
    ]);
    expect([upload.code, upload.err]).toEqual([
      2,
      `There is no pipeline "quaeks". Did you mean quakes? There are: ${NAMES}.\n`,
    ]);
    expect([publish.code, publish.err]).toEqual([2, `There is no pipeline "nobody". There are: ${NAMES}.\n`]);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^Port .* is taken\. Does another suite run\? .* --port 8700\.\n$/);
  });

  it('fails an upload that nobody can read, in a line', async () => {
    const file = join(folder, 'noise');
    writeFileSync(file, Buffer.from('89504e470d0a1a0a00', 'hex'));
    const { code, err } = await done(['upload', file, '--pipeline', 'quakes', '--json']);
    expect(code).toBe(1);
    expect(err).toMatch(/(^|\n)quakes\/noise could not be read: .*\n$/);
  });

  it('ends on Ctrl-C with all its processes', async () => {
    const { pid } = suite.process;
    const children = childrenOf(pid!);
    if (process.platform === 'linux') expect(children.length).toBeGreaterThan(0);
    suite.process.kill('SIGINT');
    expect(await suite.ended).toBe(0);
    expect(suite.err.split('\n').filter(line => line && !line.includes('dead-letter'))).toEqual([]);
    await until(() => !children.some(alive), 'the end of the children');
    expect((await done(['status'])).code).toBe(3);
  });
});

describe('start', () => {
  it('--once --json ends soon after its last line, which is the whole result', async () => {
    const run = millrace(['start', '--once', '--json']);
    const result = await until(() => run.out.endsWith('}\n') && performance.now(), 'the result');
    expect(await run.ended).toBe(0);
    const lingered = (performance.now() - result) / 1000;
    console.log(
      `start --once: ${run.out.match(/"seconds":([\d.]+)/)?.[1]} s, ended ${lingered.toFixed(2)} s later`,
    );
    expect(lingered).toBeLessThan(2);
    expect(JSON.parse(run.out.trimEnd().split('\n').at(-1)!)).toEqual({
      events: { in: 1707, enriched: 1707, rejected: 0 },
      ...{ windows: 169, alerts: 39, deadLetters: 0, seconds: expect.any(Number) },
    });
  });

  it('leaves no process behind when it is interrupted on its way up', async () => {
    const run = millrace(['start', '--once']);
    const [child] = await until(() => {
      const children = childrenOf(run.process.pid!);
      return (children.length > 0 || run.out !== '') && children;
    }, 'the first child');
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(1);
    if (child) await until(() => !alive(child), 'the end of the child');
    expect(await Promise.all(OFFSETS.map(offset => free(base + offset)))).toEqual(OFFSETS.map(() => true));
  });
});
