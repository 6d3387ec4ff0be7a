import { collection, type Firestore, limit, orderBy, type Query, query, where } from 'firebase/firestore';

/** How much each listener holds: reads are billed, and a page has an end. */
export const MOST = {
  uploads: 20,
  letters: 1000,
  events: 50,
  places: 300,
  panes: 200,
  openAlerts: 200,
  otherAlerts: 50,
  messages: 50,
} as const;

/**
 * Everything that the page listens to. Each query proves by itself that all it may find is permitted, which the security
 * rules ask for (terraform/firestore.rules); its indexes stand in terraform/firestore.yaml.
 */
export const queries = {
  uploads: (db: Firestore, pipeline: string): Query =>
    query(
      collection(db, 'uploads'),
      where('pipeline', '==', pipeline),
      orderBy('startedAt', 'desc'),
      limit(MOST.uploads),
    ),
  letters: (db: Firestore, upload: string): Query =>
    query(collection(db, 'deadLetters'), where('origin.upload', '==', upload), limit(MOST.letters)),
  events: (db: Firestore, pipeline: string): Query =>
    query(collection(db, `live/${pipeline}/liveEvents`), orderBy('at', 'desc'), limit(MOST.places)),
  entities: (db: Firestore, pipeline: string): Query =>
    query(collection(db, `entities/${pipeline}/entityItems`), orderBy('time', 'desc'), limit(MOST.places)),
  panes: (db: Firestore, pipeline: string): Query =>
    query(collection(db, `windows/${pipeline}/panes`), orderBy('timestamp', 'desc'), limit(MOST.panes)),
  openAlerts: (db: Firestore, pipeline: string): Query =>
    query(
      collection(db, 'alerts'),
      where('pipeline', '==', pipeline),
      where('state', '==', 'open'),
      orderBy('time', 'desc'),
      limit(MOST.openAlerts),
    ),
  otherAlerts: (db: Firestore, pipeline: string): Query =>
    query(
      collection(db, 'alerts'),
      where('pipeline', '==', pipeline),
      where('state', 'in', ['acknowledged', 'closed']),
      orderBy('time', 'desc'),
      limit(MOST.otherAlerts),
    ),
  messages: (db: Firestore, uid: string): Query =>
    query(collection(db, `inbox/${uid}/messages`), orderBy('at', 'desc'), limit(MOST.messages)),
  subscriptions: (db: Firestore, uid: string): Query =>
    query(collection(db, 'subscriptions'), where('uid', '==', uid)),
} as const;
