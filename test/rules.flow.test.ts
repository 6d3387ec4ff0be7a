import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInAnonymously } from 'firebase/auth';
import {
  collection,
  connectFirestoreEmulator,
  doc,
  type Firestore,
  getDocs,
  getFirestore,
  onSnapshot,
  query,
  serverTimestamp,
  setLogLevel,
  updateDoc,
  where,
} from 'firebase/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

// A denial is what this is about, nothing to log.
setLogLevel('silent');

let suite: TestSuite;
let app: FirebaseApp;
let db: Firestore;
let uid: string;
beforeAll(async () => {
  suite = await startTestSuite();
  app = initializeApp({ projectId: PROJECT, apiKey: 'any' });
  const auth = getAuth(app);
  connectAuthEmulator(auth, `http://${suite.suite.environment['FIREBASE_AUTH_EMULATOR_HOST']}`, {
    disableWarnings: true,
  });
  db = getFirestore(app);
  connectFirestoreEmulator(db, '127.0.0.1', suite.suite.firestore.port);
  uid = (await signInAnonymously(auth)).user.uid;
});
afterAll(async () => {
  await deleteApp(app);
  await suite[Symbol.asyncDispose]();
});

const alerts = () => query(collection(db, 'alerts'), where('pipeline', '==', 'quakes'));
const denied = { code: 'permission-denied' };

test('a person sees the results of a pipeline while a grant says so, and acknowledges alerts in no name but their own', async () => {
  const alert = suite.firestore.doc('alerts/one');
  const grant = suite.firestore.doc(`grants/${uid}`);
  await alert.set({ pipeline: 'quakes', state: 'open', title: 'strong' });
  await expect(getDocs(alerts())).rejects.toMatchObject(denied);

  await grant.set({ pipelines: ['quakes'] });
  const titles: string[] = [];
  const ended = new Promise<{ code: string }>(end => {
    onSnapshot(alerts(), ({ docs }) => titles.push(docs.map(one => one.get('title')).join()), end);
  });
  await expect.poll(() => titles).toEqual(['strong']);
  await expect(getDocs(collection(db, 'alerts'))).rejects.toMatchObject(denied);

  const acknowledged = { state: 'acknowledged', acknowledgedAt: serverTimestamp() };
  const mine = doc(db, 'alerts/one');
  await expect(updateDoc(mine, { ...acknowledged, acknowledgedBy: 'boss' })).rejects.toMatchObject(denied);
  await updateDoc(mine, { ...acknowledged, acknowledgedBy: uid });
  expect((await alert.get()).get('acknowledgedBy')).toBe(uid);

  await grant.delete();
  // The verdict on a query is asked for again with what it finds, after a second.
  const poke = setInterval(() => void alert.update({ title: `changed at ${Date.now()}` }), 200);
  try {
    expect(await ended).toMatchObject(denied);
  } finally {
    clearInterval(poke);
  }
});
