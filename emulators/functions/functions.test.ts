import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Meter } from '../meter/meter.ts';
import { stepOf } from './fixtures/steps.ts';
import { type FunctionsEmulator, type FunctionsOptions, startFunctions } from './functions.ts';
import type { LogLine } from './log.ts';

const root = fileURLToPath(new URL('./fixtures', import.meta.url));
let functions: FunctionsEmulator | undefined;
let lines: LogLine[] = [];

afterEach(async () => {
  await functions?.stop();
  functions = undefined;
});

async function run(
  names: readonly string[],
  options: Partial<FunctionsOptions> = {},
): Promise<FunctionsEmulator> {
  lines = [];
  functions = await startFunctions({
    root,
    wiring: { steps: names.map(name => stepOf(name)) },
    environment: {},
    log: line => lines.push(line),
    ...options,
  });
  await functions.ready();
  return functions;
}

const event = (id: string) => ({
  method: 'POST',
  headers: {
    'ce-id': id,
    'ce-type': 't',
    'ce-source': 's',
    'ce-specversion': '1.0',
    'content-type': 'application/json',
  },
  body: '{}',
});

async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const deadline = Date.now() + 8_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen; printed: ${JSON.stringify(lines)}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** A process id answers to signal 0 as long as it runs. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('one process serves every step at its own path', async () => {
  const { endpoint, port } = await run(['noop', 'slow', 'throws']);
  expect(endpoint('noop')?.href).toBe(`http://127.0.0.1:${port}/noop`);
  expect((await fetch(endpoint('noop')!, event('1'))).status).toBe(204);
  const slow = await (await fetch(new URL('/slow/deep/path?ms=1', endpoint('slow')))).json();
  expect(slow).toMatchObject({ path: '/deep/path' });
  const failed = await fetch(endpoint('throws')!, event('7'));
  expect([failed.status, await failed.text()]).toEqual([500, 'no thanks to 7']);
  expect((await fetch(`http://127.0.0.1:${port}/nobody`)).status).toBe(404);
});

test('isolated steps have processes of their own, so that killing one spares the other', async () => {
  const started = await run(['noop', 'slow'], { isolate: true });
  expect(started.endpoint('noop')!.port).not.toBe(started.endpoint('slow')!.port);
  const before = await (await fetch(started.endpoint('slow')!)).json();
  started.kill('noop');
  await until(() => !started.endpoint('noop'), 'the end of noop');
  expect(await (await fetch(started.endpoint('slow')!)).json()).toEqual(before);
  await until(() => started.endpoint('noop'), 'the return of noop');
});

test('a step that cannot be loaded is reported with its file and takes no other down', async () => {
  const { endpoint, failures } = await run(['broken', 'noop', 'unnamed', 'missing']);
  expect(endpoint('noop')).toBeDefined();
  expect([endpoint('broken'), endpoint('unnamed'), endpoint('missing')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(failures.get('broken')).toContain('this step has never worked');
  expect(failures.get('unnamed')).toContain("registers no function named 'unnamed'");
  const said = lines.find(line => line.step === 'broken');
  expect(said).toMatchObject({
    severity: 'ERROR',
    message: expect.stringContaining('functions/broken/index.ts'),
  });
});

test('a process that is killed or crashes is started again', async () => {
  const started = await run(['noop', 'crashes']);
  started.kill();
  await until(() => started.restarts === 1, 'the first restart');
  const crashes = await until(() => started.endpoint('crashes'), 'the return');
  await expect(fetch(crashes, event('1'))).rejects.toThrow();
  await until(() => started.restarts === 2, 'the second restart');
  await until(() => started.endpoint('noop'), 'the second return');
  expect((await fetch(started.endpoint('noop')!, event('2'))).status).toBe(204);
  expect(lines.map(line => line.message).join('\n')).toContain('this is the end');
});

test('an error that no promise catches is told and ends the process, so that its events come again', async () => {
  const started = await run(['noop', 'escapes']);
  await expect(fetch(started.endpoint('escapes')!, event('1'))).rejects.toThrow();
  await until(() => started.restarts === 1, 'the restart');
  await until(() => started.endpoint('noop'), 'the return');
  await until(() => lines.some(line => line.message.includes('nobody caught this')), 'the message');
});

test('what a step uses is counted by its requests and the time of its instances, also of a process that is killed', async () => {
  const meter = new Meter();
  const steps = [stepOf('slow', { memory: 512, concurrency: 2 }), stepOf('noop')];
  const started = await run([], { wiring: { steps }, meter });
  const wait = (ms: number) => fetch(new URL(`/slow?ms=${ms}`, started.endpoint('slow')));
  await Promise.all([wait(120), wait(120), wait(120)]);
  await started.measured();
  const { slow, noop } = meter.counts;
  expect(noop).toBeUndefined();
  expect(slow!['functions.requests']).toBe(3);
  // Two instances of more than 100 ms each.
  expect(slow!['functions.vcpuSeconds']).toBeGreaterThanOrEqual(0.4);
  expect(slow!['functions.gibSeconds']).toBeCloseTo(slow!['functions.vcpuSeconds']! / 2, 5);
  started.kill();
  await started.measured();
  expect(meter.counts['slow']).toEqual(slow);
});

test('requests run in no domain: its async hooks would slow down the whole process', async () => {
  const { endpoint } = await run(['slow']);
  expect(await (await fetch(endpoint('slow')!)).json()).toMatchObject({ domains: false });
});

test('a step sees its own variables and the suite’s, but not the shell’s', async () => {
  process.env['MILLRACE_TEST_SECRET'] = 'of the shell';
  const { endpoint } = await run(['talks'], {
    wiring: { steps: [stepOf('talks', { environment: { FLAVOUR: 'mild' } })] },
    environment: { GOOGLE_CLOUD_PROJECT: 'demo-millrace' },
  });
  const seen = (await (await fetch(endpoint('talks')!)).json()) as Record<string, string>;
  expect(seen).toMatchObject({
    FLAVOUR: 'mild',
    GOOGLE_CLOUD_PROJECT: 'demo-millrace',
    METADATA_SERVER_DETECTION: 'none',
  });
  expect(seen['MILLRACE_TEST_SECRET']).toBeUndefined();
});

test('what a step prints is told line by line', async () => {
  const { endpoint } = await run(['talks', 'noop']);
  await fetch(endpoint('talks')!);
  await until(() => lines.length >= 3, 'three lines');
  expect(lines).toContainEqual({
    step: 'talks',
    severity: 'WARNING',
    message: 'careful',
    fields: { batch: 'b1' },
  });
  expect(lines).toContainEqual({ severity: 'INFO', message: 'just text', fields: {} });
  expect(lines).toContainEqual({ severity: 'ERROR', message: 'trouble', fields: {} });
});

test('no process outlives a parent that is killed', async () => {
  const parent = spawn(process.execPath, [fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(chunk.toString()) as number[];
    expect(pids.length).toBe(2);
    expect(pids.map(alive)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await until(() => !pids.some(alive), 'the end of the children');
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a port that is taken is said, and does not leave the caller waiting', async () => {
  const first = await run(['noop']);
  const second = await startFunctions({
    root,
    wiring: { steps: [stepOf('noop')] },
    environment: {},
    port: first.port,
    log: () => undefined,
  });
  await expect(second.ready()).rejects.toThrow(`it cannot listen on port ${first.port}: listen EADDRINUSE`);
  await second.stop();
});

test('stopping ends the processes and their requests', async () => {
  const started = await run(['slow']);
  const { pid } = (await (await fetch(started.endpoint('slow')!)).json()) as { pid: number };
  await started.stop();
  expect(alive(pid)).toBe(false);
  expect(started.endpoint('slow')).toBeUndefined();
});
