import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import * as fs from 'firebase/firestore';
import * as lite from 'firebase/firestore/lite';

/** What the tests' page knows: the unmodified SDK, and how to point it at an emulator. */
const apps: FirebaseApp[] = [];
const PROJECT = 'demo-millrace';

function app(): FirebaseApp {
  const one = initializeApp({ projectId: PROJECT, apiKey: 'any', appId: 'any' }, `app${apps.length}`);
  apps.push(one);
  return one;
}

interface User {
  readonly mockUserToken: string | { readonly sub: string };
}

const kit = {
  fs,
  lite,
  /** @param settings also those that are not public */
  open(port: number, settings: object = {}, user?: User, host = '127.0.0.1'): fs.Firestore {
    const db = fs.initializeFirestore(app(), settings);
    fs.connectFirestoreEmulator(db, host, port, user);
    return db;
  },
  openLite(port: number, user?: User): lite.Firestore {
    const db = lite.getFirestore(app());
    lite.connectFirestoreEmulator(db, '127.0.0.1', port, user);
    return db;
  },
  /** Ends everything that the page has opened. */
  async close(): Promise<void> {
    await Promise.all(apps.splice(0).map(one => deleteApp(one)));
  },
  /** Resolves with the first snapshot that fits. */
  until<T extends { metadata: fs.SnapshotMetadata }>(
    listen: (next: (snapshot: T) => void, fail: (error: Error) => void) => () => void,
    fits: (snapshot: T) => boolean,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = listen(snapshot => {
        if (!fits(snapshot)) return;
        resolve(snapshot);
        setTimeout(() => stop());
      }, reject);
    });
  },
  /** What one evaluation leaves for the next. */
  kept: {} as Record<string, unknown>,
};

export type Kit = typeof kit;
(globalThis as unknown as { kit: Kit }).kit = kit;
