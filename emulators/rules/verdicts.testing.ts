import { readFileSync } from 'node:fs';
import { initializeTestEnvironment, type RulesTestContext } from '@firebase/rules-unit-testing';
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  type Firestore,
  getCountFromServer,
  getDoc,
  getDocs,
  type QueryConstraint,
  query,
  serverTimestamp,
  setDoc,
  setLogLevel,
  Timestamp,
  updateDoc,
  where,
  writeBatch,
} from 'firebase/firestore';

// A denial is what these tests are about, nothing to log.
setLogLevel('silent');

const RULES = new URL('../../terraform/firestore.rules', import.meta.url);

/** Who asks: `reader` has a grant for quakes, `chief` for all, `operator` the claim, `stranger` nothing. */
export type Who = 'nobody' | 'stranger' | 'reader' | 'chief' | 'operator';

/** One request of a client, and who of all may make it. */
export interface Case {
  readonly what: string;
  readonly ask: (db: Firestore, who: Who) => Promise<unknown>;
  readonly allowed: readonly Who[];
  /** What it does, where it may, is to be undone. */
  readonly writes?: true;
}

const EVERYBODY: readonly Who[] = ['nobody', 'stranger', 'reader', 'chief', 'operator'];
const SIGNED_IN: readonly Who[] = EVERYBODY.slice(1);
const READERS: readonly Who[] = ['reader', 'chief', 'operator'];
const ALL_READERS: readonly Who[] = ['chief', 'operator'];

const get = (path: string) => (db: Firestore) => getDoc(doc(db, path));
const list =
  (path: string, ...constraints: QueryConstraint[]) =>
  (db: Firestore) =>
    getDocs(query(collection(db, path), ...constraints));
const set = (path: string, data: object) => (db: Firestore) => setDoc(doc(db, path), data);
const remove = (path: string) => (db: Firestore) => deleteDoc(doc(db, path));

const ofQuakes = where('pipeline', '==', 'quakes');
const TIME = Timestamp.fromMillis(1_700_000_000_000);

const ALERT = { pipeline: 'quakes', rule: 'strong', severity: 'warning', title: 'strong', state: 'open' };

/** What is there before each case. */
const DOCUMENTS: Readonly<Record<string, object>> = {
  'grants/reader': { pipelines: ['quakes'] },
  'grants/chief': { pipelines: ['*'] },
  'uploads/u1': { pipeline: 'quakes', state: 'done' },
  'uploads/u2': { pipeline: 'traffic', state: 'done' },
  'uploads/own': { pipeline: 'traffic', state: 'done', uploader: 'stranger' },
  'windows/quakes/panes/p1': { pipeline: 'quakes', window: 'hourly' },
  'windows/traffic/panes/p1': { pipeline: 'traffic', window: 'hourly' },
  'live/quakes/liveEvents/e1': { type: 'quake' },
  'entities/quakes/entityItems/k1': { source: '/quakes' },
  'alerts/a1': ALERT,
  'alerts/closed': { ...ALERT, state: 'closed', closedAt: TIME },
  'alerts/a2': { ...ALERT, pipeline: 'traffic' },
  'notifications/a1-warning': { sent: 1 },
  'deadLetters/d1': { pipeline: 'quakes', state: 'open' },
  '_millrace/aggregate/ledger/b1': { records: 1 },
  ...Object.fromEntries(
    EVERYBODY.flatMap(who => [
      [`subscriptions/${who}`, { uid: who, pipeline: 'quakes' }],
      [`inbox/${who}/messages/m1`, { alert: 'a1', title: 'strong' }],
    ]),
  ),
};

/** What a case may leave behind. */
const CREATED = ['subscriptions/new', 'grants/new', 'grants/operator'];

const acknowledge =
  (changes: object, id = 'a1') =>
  (db: Firestore, who: Who) =>
    updateDoc(doc(db, `alerts/${id}`), {
      state: 'acknowledged',
      acknowledgedBy: who,
      acknowledgedAt: serverTimestamp(),
      ...changes,
    });

const subscribe = (changes: object) => (db: Firestore, who: Who) =>
  setDoc(doc(db, `subscriptions/new`), { uid: who, pipeline: 'quakes', ...changes });

export const CASES: readonly Case[] = [
  { what: 'reads an upload', ask: get('uploads/u1'), allowed: READERS },
  { what: 'reads an upload of another pipeline', ask: get('uploads/u2'), allowed: ALL_READERS },
  { what: 'reads an upload that is not there', ask: get('uploads/none'), allowed: ALL_READERS },
  { what: 'lists the uploads of its pipeline', ask: list('uploads', ofQuakes), allowed: READERS },
  {
    what: 'reads an upload that the stranger has made',
    ask: get('uploads/own'),
    allowed: ['stranger', 'chief', 'operator'],
  },
  {
    what: 'lists its own uploads',
    ask: (db, who) => getDocs(query(collection(db, 'uploads'), where('uploader', '==', who))),
    allowed: SIGNED_IN,
  },
  { what: 'lists all uploads', ask: list('uploads'), allowed: ALL_READERS },
  { what: 'writes an upload', writes: true, ask: set('uploads/u3', { pipeline: 'quakes' }), allowed: [] },
  { what: 'deletes an upload', writes: true, ask: remove('uploads/u1'), allowed: [] },

  { what: 'reads a pane', ask: get('windows/quakes/panes/p1'), allowed: READERS },
  { what: 'reads a pane that is not there', ask: get('windows/quakes/panes/none'), allowed: READERS },
  { what: 'reads a pane of another pipeline', ask: get('windows/traffic/panes/p1'), allowed: ALL_READERS },
  {
    what: "lists a pipeline's panes of a window",
    ask: list('windows/quakes/panes', where('window', '==', 'hourly')),
    allowed: READERS,
  },
  {
    what: 'counts panes',
    ask: db => getCountFromServer(collection(db, 'windows/quakes/panes')),
    allowed: READERS,
  },
  { what: 'lists panes of another pipeline', ask: list('windows/traffic/panes'), allowed: ALL_READERS },
  {
    what: 'lists panes of all pipelines at once',
    ask: db => getDocs(query(collectionGroup(db, 'panes'), ofQuakes)),
    allowed: [],
  },
  {
    what: 'writes a pane',
    writes: true,
    ask: set('windows/quakes/panes/p2', { window: 'hourly' }),
    allowed: [],
  },

  { what: 'reads a live event', ask: get('live/quakes/liveEvents/e1'), allowed: READERS },
  { what: 'lists live events', ask: list('live/quakes/liveEvents'), allowed: READERS },
  {
    what: 'lists live events of another pipeline',
    ask: list('live/traffic/liveEvents'),
    allowed: ALL_READERS,
  },
  { what: 'writes a live event', writes: true, ask: set('live/quakes/liveEvents/e2', {}), allowed: [] },

  { what: 'reads an entity', ask: get('entities/quakes/entityItems/k1'), allowed: READERS },
  { what: 'lists entities', ask: list('entities/quakes/entityItems'), allowed: READERS },
  { what: 'writes an entity', writes: true, ask: set('entities/quakes/entityItems/k1', {}), allowed: [] },

  { what: 'reads an alert', ask: get('alerts/a1'), allowed: READERS },
  { what: 'reads an alert of another pipeline', ask: get('alerts/a2'), allowed: ALL_READERS },
  { what: 'lists the alerts of its pipeline', ask: list('alerts', ofQuakes), allowed: READERS },
  {
    what: 'lists the open alerts of its pipeline',
    ask: list('alerts', ofQuakes, where('state', '==', 'open')),
    allowed: READERS,
  },
  {
    what: 'lists alerts of several pipelines, not all its own',
    ask: list('alerts', where('pipeline', 'in', ['quakes', 'traffic'])),
    allowed: ALL_READERS,
  },
  {
    what: 'lists alerts of one pipeline, by IN',
    ask: list('alerts', where('pipeline', 'in', ['quakes'])),
    allowed: READERS,
  },
  { what: 'lists all alerts', ask: list('alerts'), allowed: ALL_READERS },
  {
    what: 'lists open alerts of all',
    ask: list('alerts', where('state', '==', 'open')),
    allowed: ALL_READERS,
  },
  { what: 'acknowledges an alert', writes: true, ask: acknowledge({}), allowed: READERS },
  {
    what: 'acknowledges an alert of another pipeline',
    writes: true,
    ask: acknowledge({}, 'a2'),
    allowed: ALL_READERS,
  },
  { what: 'acknowledges a closed alert', writes: true, ask: acknowledge({}, 'closed'), allowed: [] },
  {
    what: 'acknowledges an alert that is not there',
    writes: true,
    ask: acknowledge({}, 'none'),
    allowed: [],
  },
  {
    what: "acknowledges in another's name",
    writes: true,
    ask: acknowledge({ acknowledgedBy: 'other' }),
    allowed: [],
  },
  {
    what: 'acknowledges at a time of its own',
    writes: true,
    ask: acknowledge({ acknowledgedAt: TIME }),
    allowed: [],
  },
  { what: 'closes an alert', writes: true, ask: acknowledge({ state: 'closed' }), allowed: [] },
  {
    what: 'acknowledges and changes the title',
    writes: true,
    ask: acknowledge({ title: 'harmless' }),
    allowed: [],
  },
  {
    what: 'acknowledges and moves it to another pipeline',
    writes: true,
    ask: acknowledge({ pipeline: 'traffic' }),
    allowed: [],
  },
  { what: 'creates an alert', writes: true, ask: set('alerts/a3', ALERT), allowed: [] },
  { what: 'deletes an alert', writes: true, ask: remove('alerts/a1'), allowed: [] },

  {
    what: 'reads its subscription',
    ask: (db, who) => getDoc(doc(db, `subscriptions/${who}`)),
    allowed: SIGNED_IN,
  },
  { what: "reads another's subscription", ask: get('subscriptions/nobody'), allowed: [] },
  {
    what: 'lists its subscriptions',
    ask: (db, who) => getDocs(query(collection(db, 'subscriptions'), where('uid', '==', who))),
    allowed: SIGNED_IN,
  },
  { what: 'lists all subscriptions', ask: list('subscriptions'), allowed: [] },
  { what: 'subscribes to a pipeline', writes: true, ask: subscribe({}), allowed: READERS },
  {
    what: 'subscribes to one rule',
    writes: true,
    ask: subscribe({ rule: 'strong', minSeverity: 'critical', via: ['inbox'] }),
    allowed: READERS,
  },
  {
    what: 'subscribes to all pipelines',
    writes: true,
    ask: subscribe({ pipeline: '*' }),
    allowed: ALL_READERS,
  },
  {
    what: 'subscribes to a pipeline of no grant',
    writes: true,
    ask: subscribe({ pipeline: 'traffic' }),
    allowed: ALL_READERS,
  },
  { what: "subscribes in another's name", writes: true, ask: subscribe({ uid: 'other' }), allowed: [] },
  {
    what: 'subscribes without a pipeline',
    writes: true,
    ask: (db, who) => setDoc(doc(db, 'subscriptions/new'), { uid: who }),
    allowed: [],
  },
  {
    what: 'subscribes to a pipeline that is no text',
    writes: true,
    ask: subscribe({ pipeline: ['quakes'] }),
    allowed: [],
  },
  {
    what: 'subscribes from an unknown severity on',
    writes: true,
    ask: subscribe({ minSeverity: 'dire' }),
    allowed: [],
  },
  { what: 'subscribes by an unknown way', writes: true, ask: subscribe({ via: ['pigeon'] }), allowed: [] },
  {
    what: 'subscribes with a field that there is not',
    writes: true,
    ask: subscribe({ admin: true }),
    allowed: [],
  },
  {
    what: 'changes its subscription',
    writes: true,
    ask: (db, who) => updateDoc(doc(db, `subscriptions/${who}`), { minSeverity: 'critical' }),
    allowed: READERS,
  },
  {
    what: 'gives its subscription to another',
    writes: true,
    ask: (db, who) => updateDoc(doc(db, `subscriptions/${who}`), { uid: 'other' }),
    allowed: [],
  },
  {
    what: "takes over another's subscription",
    writes: true,
    ask: (db, who) => updateDoc(doc(db, 'subscriptions/nobody'), { uid: who }),
    allowed: [],
  },
  {
    what: 'ends its subscription',
    writes: true,
    ask: (db, who) => deleteDoc(doc(db, `subscriptions/${who}`)),
    allowed: SIGNED_IN,
  },
  { what: "ends another's subscription", writes: true, ask: remove('subscriptions/nobody'), allowed: [] },

  {
    what: 'reads its inbox',
    ask: (db, who) => getDocs(collection(db, `inbox/${who}/messages`)),
    allowed: SIGNED_IN,
  },
  {
    what: 'reads a message to it',
    ask: (db, who) => getDoc(doc(db, `inbox/${who}/messages/m1`)),
    allowed: SIGNED_IN,
  },
  { what: "reads another's inbox", ask: list('inbox/nobody/messages'), allowed: [] },
  {
    what: 'reads the messages of all inboxes',
    ask: db => getDocs(collectionGroup(db, 'messages')),
    allowed: [],
  },
  {
    what: 'marks a message as read',
    writes: true,
    ask: (db, who) => updateDoc(doc(db, `inbox/${who}/messages/m1`), { readAt: serverTimestamp() }),
    allowed: SIGNED_IN,
  },
  {
    what: 'changes a message to it',
    writes: true,
    ask: (db, who) =>
      updateDoc(doc(db, `inbox/${who}/messages/m1`), { title: 'x', readAt: serverTimestamp() }),
    allowed: [],
  },
  {
    what: 'writes itself a message',
    writes: true,
    ask: (db, who) => setDoc(doc(db, `inbox/${who}/messages/m2`), { title: 'x' }),
    allowed: [],
  },

  { what: 'reads its grant', ask: (db, who) => getDoc(doc(db, `grants/${who}`)), allowed: SIGNED_IN },
  { what: "reads another's grant", ask: get('grants/nobody'), allowed: ['operator'] },
  { what: 'lists grants', ask: list('grants'), allowed: ['operator'] },
  {
    what: 'grants itself everything',
    writes: true,
    ask: (db, who) => setDoc(doc(db, `grants/${who}`), { pipelines: ['*'] }),
    allowed: ['operator'],
  },
  {
    what: 'grants what is no list',
    writes: true,
    ask: set('grants/new', { pipelines: 'quakes' }),
    allowed: [],
  },
  {
    what: 'grants with other fields',
    writes: true,
    ask: set('grants/new', { pipelines: [], operator: true }),
    allowed: [],
  },
  { what: 'withdraws a grant', writes: true, ask: remove('grants/reader'), allowed: ['operator'] },

  { what: 'reads a dead letter', ask: get('deadLetters/d1'), allowed: ['operator'] },
  { what: 'lists dead letters', ask: list('deadLetters', ofQuakes), allowed: ['operator'] },
  {
    what: 'changes a dead letter',
    writes: true,
    ask: set('deadLetters/d1', { state: 'redriven' }),
    allowed: [],
  },
  { what: 'reads a notification', ask: get('notifications/a1-warning'), allowed: ['operator'] },
  { what: 'lists notifications', ask: list('notifications'), allowed: ['operator'] },
  { what: 'writes a notification', writes: true, ask: set('notifications/a2-warning', {}), allowed: [] },

  { what: 'reads machinery', ask: get('_millrace/aggregate/ledger/b1'), allowed: [] },
  { what: 'lists machinery', ask: list('_millrace/aggregate/ledger'), allowed: [] },
  { what: 'writes machinery', writes: true, ask: set('_millrace/aggregate/ledger/b2', {}), allowed: [] },
  { what: 'reads all ledgers at once', ask: db => getDocs(collectionGroup(db, 'ledger')), allowed: [] },
  { what: 'reads a collection that there is not', ask: list('secrets'), allowed: [] },
  {
    what: 'writes into a collection that there is not',
    writes: true,
    ask: set('secrets/s1', {}),
    allowed: [],
  },
  {
    what: 'does what it may together with what it may not',
    writes: true,
    ask: (db, who) =>
      writeBatch(db)
        .update(doc(db, `inbox/${who}/messages/m1`), { readAt: serverTimestamp() })
        .set(doc(db, 'uploads/u9'), {})
        .commit(),
    allowed: [],
  },
];

/** For each case: who of all was allowed, by the emulator at this port. Whatever is neither allowed nor denied throws. */
export async function verdicts(port: number): Promise<Map<string, Who[]>> {
  const rules = readFileSync(RULES, 'utf8');
  const found = await Promise.all(
    EVERYBODY.map(async who => [who, await allowedTo(who, port, rules)] as const),
  );
  return new Map(
    CASES.map(({ what }) => [what, found.flatMap(([who, allowed]) => (allowed.has(what) ? [who] : []))]),
  );
}

/** What this one may do, in a project of its own. */
async function allowedTo(who: Who, port: number, rules: string): Promise<ReadonlySet<string>> {
  const firestore = { host: '127.0.0.1', port, rules };
  const environment = await initializeTestEnvironment({ projectId: `demo-verdicts-${who}`, firestore });
  const client = clientOf(
    who === 'nobody'
      ? environment.unauthenticatedContext()
      : environment.authenticatedContext(who, who === 'operator' ? { operator: true } : {}),
  );
  const allowed = new Set<string>();
  const ask = async ({ what, ask }: Case): Promise<boolean> => {
    const may = await isAllowed(ask(client, who));
    if (may) allowed.add(what);
    return may;
  };
  try {
    await environment.withSecurityRulesDisabled(async admin => {
      await seed(clientOf(admin));
      await Promise.all(CASES.filter(({ writes }) => !writes).map(ask));
      // What one may do, the next is not to find done.
      for (const one of CASES) if (one.writes && (await ask(one))) await seed(clientOf(admin));
    });
    return allowed;
  } finally {
    await environment.cleanup();
  }
}

const clientOf = (context: RulesTestContext): Firestore => context.firestore() as unknown as Firestore;

/** Brings the documents to what they are before each case. */
async function seed(db: Firestore): Promise<void> {
  const batch = writeBatch(db);
  for (const path of CREATED) batch.delete(doc(db, path));
  for (const [path, data] of Object.entries(DOCUMENTS)) batch.set(doc(db, path), data);
  await batch.commit();
}

/** An update of what is not there is let through by the rules, and fails for that. */
async function isAllowed(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'permission-denied') return false;
    throw error;
  }
}
