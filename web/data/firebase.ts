import { type FirebaseApp, initializeApp } from 'firebase/app';
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
} from 'firebase/auth';
import { connectFirestoreEmulator, type Firestore, getFirestore } from 'firebase/firestore';
import type { Settings } from './settings.ts';

export interface Firebase {
  readonly app: FirebaseApp;
  readonly auth: Auth;
  readonly db: Firestore;
}

/**
 * The SDK, pointed at the project or at the emulators. What is read stays in memory: another person at the same computer
 * finds nothing of it.
 */
export function connect({ project, apiKey, emulators }: Settings): Firebase {
  const app = initializeApp({ projectId: project, apiKey });
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  const db = getFirestore(app);
  if (emulators) {
    connectAuthEmulator(auth, emulators.auth, { disableWarnings: true });
    const { hostname, port } = new URL(emulators.firestore);
    connectFirestoreEmulator(db, hostname, Number(port));
  }
  return { app, auth, db };
}
