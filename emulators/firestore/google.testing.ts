import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../google/process.ts';

export { findFirestoreJar as findGoogleJar } from '../google/find.ts';

/** Enough for tests, and kind to the machine. */
const SMALL = ['-XX:TieredStopAtLevel=1', '-Xmx512m'];

/**
 * Resolves once it says that it runs; rejects where it ends instead (no Java, for instance).
 * @param options of Java
 */
export async function startGoogle(
  jar: string,
  options: readonly string[] = SMALL,
): Promise<{ port: number; pid: number; stop(): void }> {
  const port = await freePort();
  const main = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
  const child: ChildProcess = spawn('java', [
    ...options,
    '-cp',
    jar,
    main,
    'start',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ]);
  await new Promise<void>((resolve, reject) => {
    const look = (bytes: Buffer): void => {
      if (bytes.includes('is now running')) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.on('error', reject);
    child.on('exit', code => reject(new Error(`Google's emulator ended with ${code}.`)));
  });
  return { port, pid: child.pid!, stop: () => child.kill('SIGKILL') };
}
