import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startBigQuery } from './server.ts';

export interface Child {
  readonly process: ChildProcess;
  readonly port: number;
  /** Bytes of its highest resident size, and milliseconds of processor time it has used. */
  usage(): Promise<{ readonly peak: number; readonly cpu: number }>;
}

/** An emulator in a process of its own, to kill or to measure; whoever starts it ends it. This file is that process, too. */
export async function forkBigQuery(dir?: string): Promise<Child> {
  const child = fork(import.meta.filename, dir === undefined ? [] : [dir], { execArgv: [] });
  const answer = async (): Promise<unknown> => (await once(child, 'message'))[0];
  const port = Number(await answer());
  return {
    process: child,
    port,
    usage: () => {
      child.send('usage');
      return answer() as ReturnType<Child['usage']>;
    },
  };
}

if (process.send && process.argv[1] === import.meta.filename) {
  const [, , dir] = process.argv;
  const emulator = await startBigQuery(dir === undefined ? {} : { dir });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ peak: process.resourceUsage().maxRSS * 1024, cpu: (user + system) / 1000 });
  });
  process.on('disconnect', () => process.exit());
  process.send(emulator.port);
}
