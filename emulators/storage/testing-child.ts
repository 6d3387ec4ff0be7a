import { type ChildProcess, fork } from 'node:child_process';
import { startStorage } from './storage.ts';

export interface Child {
  readonly process: ChildProcess;
  readonly port: number;
  /** Bytes: the highest resident size since it was asked last. */
  peak(): Promise<number>;
}

/** An emulator in a process of its own, to kill or to measure; gone when the test ends. This file is that process, too. */
export async function forkStorage(dir: string): Promise<Child> {
  const child = fork(import.meta.filename, [dir], { execArgv: [] });
  const { onTestFinished } = await import('vitest');
  onTestFinished(() => void child.kill('SIGKILL'));
  const answer = () => new Promise<number>(resolve => child.once('message', value => resolve(Number(value))));
  const port = await answer();
  return {
    process: child,
    port,
    peak: () => {
      child.send('peak');
      return answer();
    },
  };
}

if (process.send && process.argv[1] === import.meta.filename) {
  const emulator = await startStorage({ dir: process.argv[2]! });
  emulator.createBucket('uploads');
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  setInterval(sample, 5);
  process.on('message', () => {
    sample();
    process.send?.(peak);
    peak = 0;
  });
  process.on('disconnect', () => process.exit());
  process.send(emulator.port);
}
