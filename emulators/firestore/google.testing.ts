import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';

const JAR = join('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');

/** The jar of Google's emulator, below CLOUDSDK_ROOT or beside the `gcloud` that the PATH leads to. */
export function findGoogleJar(): string | undefined {
  const roots = [process.env['CLOUDSDK_ROOT'] ?? ''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const gcloud = join(folder, 'gcloud');
    if (folder && existsSync(gcloud)) roots.push(dirname(dirname(realpathSync(gcloud))));
  }
  return roots
    .filter(root => root !== '')
    .map(root => join(root, JAR))
    .find(existsSync);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}

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
