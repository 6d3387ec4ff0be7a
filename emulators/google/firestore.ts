import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FirestoreEmulator } from '../firestore/server.ts';
import type { DocumentChange } from '../firestore/types.ts';
import type { Log } from '../functions/log.ts';
import { changeOf } from './changes.ts';
import { findFirestoreJar, HOW_TO_INSTALL } from './find.ts';
import { startJava } from './process.ts';

export interface GoogleFirestoreOptions {
  /** 0 for any. */
  readonly port: number;
  readonly project: string;
  /** File of security rules. */
  readonly rules: string;
  readonly log: Log;
}

/** One trigger on every document; the router knows who wants what. */
const TRIGGER = 'millrace';
const EVERYTHING = {
  eventType: 'google.cloud.firestore.document.v1.written',
  database: '(default)',
  namespace: '(default)',
  document: { value: '{document=**}', matchType: 'PATH_PATTERN' },
};

/**
 * Google's Firestore emulator in the place of ours. It tells of changes by events, one at a time and after its client has its
 * answer, and forgets all when it ends. What has changed since, and how many operations there were, it does not say.
 * @throws with the way to install it where it is not there
 */
export async function startGoogleFirestore(options: GoogleFirestoreOptions): Promise<FirestoreEmulator> {
  const jar = findFirestoreJar();
  if (jar === undefined) throw new Error(HOW_TO_INSTALL);
  const listeners = new Set<(changes: readonly DocumentChange[]) => unknown>();
  let sequence = 0;
  const take = async (request: IncomingMessage): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const change = changeOf(Buffer.concat(chunks), String(request.headers['ce-time']), ++sequence);
    if (change) for (const listener of listeners) await listener([change]);
  };
  const server = createServer((request, response) => {
    take(request)
      .catch((error: unknown) => {
        const message = `A change of Google's Firestore emulator is lost: ${String(error)}`;
        options.log({ severity: 'ERROR', message, fields: {} });
      })
      // It would not send the event again in any case.
      .finally(() => response.writeHead(200).end());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const functions = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const java = await startJava(jar, options.port, [
    ...['--functions_emulator', functions, '--rules', options.rules],
  ]).catch((error: unknown) => {
    server.close();
    throw error;
  });
  void java.ended.then(said => {
    options.log({
      severity: 'ERROR',
      message: `Google's Firestore emulator has ended: ${said.trim()}`,
      fields: {},
    });
  });
  const stop = async (): Promise<void> => {
    await java.stop();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  await listenToEverything(java.port, options.project).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    host: '127.0.0.1',
    port: java.port,
    onChange: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changesSince: () => missing('what has changed since'),
    get operations() {
      return missing('its operations');
    },
    stop,
  };
}

async function listenToEverything(port: number, project: string): Promise<void> {
  const url = `http://127.0.0.1:${port}/emulator/v1/projects/${project}/eventarcTrigger?eventarcTriggerId=${TRIGGER}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(EVERYTHING) });
  if (answer.ok) return;
  throw new Error(
    `Google's Firestore emulator takes no trigger (${answer.status}): ${await answer.text()}. It may be too old: update it.`,
  );
}

function missing(what: string): never {
  throw new Error(`Google's Firestore emulator does not tell ${what}.`);
}
