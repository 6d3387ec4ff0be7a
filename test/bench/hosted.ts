import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Operations } from '../../emulators/firestore/operations.ts';

/** What host.ts says: first where the suite is, then what it was asked for. */
export interface FromHost {
  readonly environment?: Readonly<Record<string, string>>;
  readonly control?: string;
  readonly operations?: Operations;
}

export interface Hosted {
  readonly control: string;
  operations(): Promise<Operations>;
  stop(): Promise<void>;
}

/**
 * Starts a suite over the steps of `root` and points this process's clients at it.
 * @param pipelines their folder, if not the repository's own
 */
export async function hostSuite(root: string, pipelines?: string): Promise<Hosted> {
  const args = pipelines === undefined ? [root] : [root, pipelines];
  const child = fork(resolve(import.meta.dirname, 'host.ts'), args, { execArgv: [] });
  const hear = async (): Promise<FromHost> => {
    const [message] = await Promise.race([
      once(child, 'message') as Promise<[FromHost]>,
      once(child, 'exit').then(() => Promise.reject(new Error('The suite ended before its time.'))),
    ]);
    return message;
  };
  const { environment, control = '' } = await hear();
  Object.assign(process.env, environment, { METADATA_SERVER_DETECTION: 'none' });
  return {
    control,
    operations: async () => {
      child.send('operations');
      return (await hear()).operations!;
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
