import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const MAIN = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const STARTED = 'is now running';
/** Ends the process when its parent ends, however that ends: it would run on otherwise. */
const WITH_ITS_PARENT = '"$@" & read -r line; kill -9 $!';
/** Of what it said, for the error of a start that fails. */
const LAST_WORDS = 2000;

export interface JavaProcess {
  readonly port: number;
  /** Resolves when it ends without having been stopped, with what it said last. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Google's emulator; resolves once it says that it runs.
 * @param port 0 for any
 * @param args beyond host and port
 * @throws with its own words where it ends instead, as without Java or on a port that is taken
 */
export async function startJava(jar: string, port: number, args: readonly string[]): Promise<JavaProcess> {
  const own = port === 0 ? await freePort() : port;
  const command = ['java', '-cp', jar, MAIN, 'start', '--host', '127.0.0.1', '--port', String(own), ...args];
  // A group of its own: a Ctrl-C in the terminal is for the suite, which then ends it.
  const child: ChildProcess = spawn('sh', ['-c', WITH_ITS_PARENT, 'sh', ...command], { detached: true });
  let said = '';
  let stopped = false;
  const ended = Promise.withResolvers<string>();
  const running = Promise.withResolvers<void>();
  const hear = (bytes: Buffer): void => {
    said = (said + bytes.toString()).slice(-LAST_WORDS);
    if (said.includes(STARTED)) running.resolve();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  // Java's end closes what it says, while the shell still waits for its parent.
  child.stderr?.on('close', () => {
    child.stdin?.end();
    if (!stopped) ended.resolve(said);
    running.reject(new Error(`Google's Firestore emulator could not be started: ${said.trim()}`));
  });
  child.on('error', running.reject);
  await running.promise;
  return {
    port: own,
    ended: ended.promise,
    stop: async () => {
      stopped = true;
      if (child.exitCode !== null) return;
      const exited = once(child, 'close');
      child.stdin?.end();
      await exited;
    },
  };
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
