import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { unzip } from './archive.ts';
import { FRAMEWORK } from './bundle.ts';

const METER = join(import.meta.dirname, 'fixtures/meter.cjs');
const POLL_MS = 2;
const START_MS = 20_000;

/** The process of a step as the platform runs it. */
export interface Instance extends AsyncDisposable {
  readonly url: string;
  /** From the start of the process until it took connections. */
  readonly readyMs: number;
  /** From the start of the process until now. */
  elapsedMs(): number;
  /** User and system time that it has used so far, in milliseconds. */
  cpuMs(): Promise<number>;
  /** What it has printed so far. */
  output(): string;
}

/**
 * Does what the platform does while it builds an image: unpacks the archive, puts the functions framework beside it (the
 * checkout's, linked) and runs gcp-build. No other package can be found from there.
 * @param root of the checkout
 * @param folder is made, and must lie outside the checkout
 */
export function unpack(root: string, archive: string, folder: string): void {
  const link = join(folder, 'node_modules', FRAMEWORK);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, 'node_modules', FRAMEWORK), link, 'junction');
  for (const [name, content] of Object.entries(unzip(readFileSync(archive)))) {
    writeFileSync(join(folder, name), content);
  }
  // What gcp-build says in the archive's package.json, with this Node.
  execFileSync(process.execPath, ['index.cjs'], { cwd: folder });
}

/**
 * Starts what has been unpacked, with the variables that the platform sets for a function deployed in the shape of HTTP.
 * Resolves once it takes connections.
 * @throws with the output of a process that ends before, or takes over 20 s
 */
export async function startInstance(
  step: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Instance> {
  const port = await freePort();
  const program = join(folder, 'node_modules', FRAMEWORK, 'build/src/main.js');
  const began = performance.now();
  const child = spawn(process.execPath, ['--require', METER, program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      METADATA_SERVER_DETECTION: 'none',
      FUNCTION_TARGET: step,
      FUNCTION_SIGNATURE_TYPE: 'http',
      PORT: String(port),
      ...environment,
    },
  });
  const printed: Buffer[] = [];
  const output = (): string => Buffer.concat(printed).toString('utf8');
  child.stdout?.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => printed.push(chunk));
  const exit = once(child, 'exit');
  while (!(await takesConnections(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() - began > START_MS) {
      child.kill('SIGKILL');
      throw new Error(`The archive of ${step} does not start:\n${output()}`);
    }
    await after(POLL_MS);
  }
  const readyMs = performance.now() - began;
  return {
    url: `http://127.0.0.1:${port}/`,
    readyMs,
    elapsedMs: () => performance.now() - began,
    cpuMs: async () => {
      const answer = once(child, 'message');
      child.send('cpu');
      const [milliseconds] = await answer;
      return milliseconds as number;
    },
    output,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** The framework announces no port of its own choice, so one is chosen for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const done = (taken: boolean) => (): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}
