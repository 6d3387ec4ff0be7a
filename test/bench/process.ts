import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BASE_PORT, PORTS } from '../../emulators/suite-address.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface SuiteProcess {
  readonly base: number;
  /** Milliseconds on performance.now()'s clock at which it was spawned. */
  readonly spawned: number;
  /** Resolves when one of its ports takes connections. */
  listening(name: keyof typeof PORTS): Promise<void>;
  /** Largest resident memory so far in MB: of the suite's process, and of all its children together. */
  peakMemory(): { readonly suite: number; readonly steps: number };
  /** Processor time used so far in ms, of the suite's process and of all its children together. */
  cpu(): { readonly suite: number; readonly steps: number };
  stop(): Promise<void>;
}

/** What `npm start` runs, with its flags for Node. */
function startCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').slice(1);
}

/** Starts `npm start -- --empty` as a user does, on ports that are free. */
export async function spawnSuite(args: readonly string[] = []): Promise<SuiteProcess> {
  const base = await freeBase();
  const spawned = performance.now();
  const child = spawn(
    process.execPath,
    [...startCommand(), '--empty', '--json', '--port', String(base), ...args],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise<void>(done => child.once('exit', () => done()));
  return {
    base,
    spawned,
    listening: async name => {
      while (!(await accepts(base + PORTS[name]))) {
        if (child.exitCode !== null) throw new Error('The suite ended before it took connections.');
        await sleep(5);
      }
    },
    peakMemory: () => ({
      suite: memoryOf(child.pid!, 'VmHWM'),
      steps: childrenOf(child.pid!).reduce((sum, pid) => sum + memoryOf(pid, 'VmHWM'), 0),
    }),
    cpu: () => ({
      suite: cpuOf(child.pid!),
      steps: childrenOf(child.pid!).reduce((sum, pid) => sum + cpuOf(pid), 0),
    }),
    stop: async () => {
      child.kill('SIGINT');
      await exited;
    },
  };
}

/** Resident memory now, in MB, of this process and of all its children together. */
export const residentMemory = (): { readonly suite: number; readonly steps: number } => ({
  suite: memoryOf(process.pid, 'VmRSS'),
  steps: childrenOf(process.pid).reduce((sum, pid) => sum + memoryOf(pid, 'VmRSS'), 0),
});

/** Milliseconds of processor time that this process has had, and each of its children by its id. */
export const processorTime = (): {
  readonly suite: number;
  readonly children: ReadonlyMap<number, number>;
} => ({
  suite: cpuOf(process.pid),
  children: new Map(childrenOf(process.pid).map(pid => [pid, cpuOf(pid)])),
});

/** By the kernel (proc(5)): resident now, or its own high-water mark; 0 where there is no /proc. */
function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kb = '0'] = new RegExp(`${what}:\\s+(\\d+) kB`).exec(status) ?? [];
    return Math.round(Number(kb) / 1024);
  } catch {
    return 0;
  }
}

/** Of user and kernel (proc(5), stat 14 and 15: ticks of 10 ms); 0 where there is no /proc. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

async function freeBase(): Promise<number> {
  for (let base = BASE_PORT + 100; base < BASE_PORT + 2000; base += 10) {
    const free = await Promise.all(Object.values(PORTS).map(offset => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('No ten free ports in a row were found.');
}

function accepts(port: number): Promise<boolean> {
  return new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise(done => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
