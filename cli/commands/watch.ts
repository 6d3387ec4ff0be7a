import type { DocumentData, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { type Command, CommandError, EXIT } from '../command.ts';
import { connect, firestoreClient, PORT_OPTION } from '../connect.ts';
import { interrupted } from '../interrupt.ts';
import { dim, green, red, yellow } from '../terminal.ts';

type Change = 'added' | 'modified' | 'removed';

const SIGNS: Readonly<Record<Change, string>> = {
  added: green('+'),
  modified: yellow('~'),
  removed: red('-'),
};

export const watch: Command = {
  name: 'watch',
  summary: 'Listens to a document or a collection, and prints changes as they come; Ctrl-C ends it.',
  usage: 'PATH [--port BASE] [--json]',
  options: { port: PORT_OPTION, json: { type: 'boolean', description: 'One JSON object a line' } },
  positionals: [1, 1],
  examples: [
    ['millrace watch alerts', 'what there is, then what comes'],
    ['millrace watch windows/quakes/panes', 'results by the hour'],
    ['millrace watch uploads/ID --json', 'one document, for scripts'],
  ],
  run: async ({ positionals: [path = ''], options }) => {
    await connect(options['port'] as string | undefined);
    const firestore = await firestoreClient();
    const print = options['json'] ? printJson : printLine;
    await new Promise<void>((resolve, reject) => {
      const stop = listen(firestore, path, print, reject);
      void interrupted().then(() => {
        stop();
        resolve();
      });
    });
    return EXIT.ok;
  },
};

function listen(
  firestore: Firestore,
  path: string,
  print: (change: Change, document: DocumentSnapshot) => void,
  fail: (error: Error) => void,
): () => void {
  const segments = path.replace(/^\/|\/$/g, '').split('/');
  if (segments.some(segment => segment === '')) {
    throw new CommandError(`"${path}" is no path. Expected one like alerts or uploads/ID.`, EXIT.usage);
  }
  if (segments.length % 2 === 1) {
    return firestore.collection(segments.join('/')).onSnapshot(snapshot => {
      for (const { type, doc } of snapshot.docChanges()) print(type, doc);
    }, fail);
  }
  let seen = false;
  return firestore.doc(segments.join('/')).onSnapshot(document => {
    if (!document.exists && !seen) console.error(`${path} is not there yet; listening`);
    else print(document.exists ? (seen ? 'modified' : 'added') : 'removed', document);
    seen = document.exists;
  }, fail);
}

function printLine(change: Change, document: DocumentSnapshot): void {
  const text = change === 'removed' ? '' : JSON.stringify(plain(document.data()));
  console.log(`${SIGNS[change]} ${document.ref.path} ${dim(text)}`);
}

function printJson(change: Change, document: DocumentSnapshot): void {
  console.log(JSON.stringify({ change, path: document.ref.path, data: plain(document.data()) }));
}

/** Timestamps as text, bytes by their length. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('toDate' in value) return (value as { toDate(): Date }).toDate().toISOString();
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value as DocumentData).map(([name, item]) => [name, plain(item)]));
}
