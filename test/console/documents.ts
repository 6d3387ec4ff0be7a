import type { DocumentData, Firestore } from '@google-cloud/firestore';

const DAY = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3600_000;

/** Documents as the steps write them. `at` numbers them. */
export const alert = (at: number, more: DocumentData = {}): DocumentData => ({
  pipeline: 'quakes',
  rule: 'strong',
  severity: 'warning',
  state: 'open',
  title: `Magnitude ${at}`,
  field: 'properties.mag',
  value: 5.3,
  threshold: 5,
  key: 'us',
  time: new Date(DAY + at * 1000),
  event: { source: '/pipelines/quakes', id: `e${at}` },
  ...more,
});

export const upload = (more: DocumentData = {}): DocumentData => ({
  pipeline: 'quakes',
  name: 'quakes/earthquakes.json',
  state: 'done',
  size: 1_219_853,
  bytes: 1_219_853,
  generation: '1',
  counts: { records: 1707, accepted: 1707, rejected: 0, late: 0, repeated: 0, published: 1707 },
  startedAt: new Date(),
  updatedAt: new Date(),
  ...more,
});

export const liveEvent = (at: number, more: DocumentData = {}): DocumentData => ({
  key: 'us',
  time: new Date(DAY + at * 1000),
  at: new Date(DAY + at * 1000),
  expireAt: new Date(DAY + HOUR),
  data: {
    properties: { mag: 4 + (at % 4), place: `Place ${at}` },
    geometry: { type: 'Point', coordinates: [(at * 37) % 180, (at * 17) % 80, 10] },
  },
  ...more,
});

export const pane = (hour: number, more: DocumentData = {}): DocumentData => ({
  pipeline: 'quakes',
  window: 'hourly',
  start: new Date(DAY + hour * HOUR),
  end: new Date(DAY + (hour + 1) * HOUR),
  timestamp: new Date(DAY + (hour + 1) * HOUR - 1),
  timing: hour % 5 === 4 ? 'late' : 'onTime',
  final: false,
  count: 12,
  parts: 0,
  omitted: 0,
  keys: Object.fromEntries(
    ['ci', 'nc', 'us', 'ak', 'hv', 'pr'].map((key, at) => [
      key,
      {
        count: (hour + at) % 4,
        magnitude: { count: 1, missing: 0, min: 1, max: 4, mean: 2 + ((hour * 7 + at) % 5) / 4, sum: 8 },
      },
    ]),
  ),
  ...more,
});

export const message = (at: number, more: DocumentData = {}): DocumentData => ({
  title: `Magnitude ${at}`,
  pipeline: 'quakes',
  rule: 'strong',
  severity: 'critical',
  reason: 'opened',
  alert: `a${at}`,
  key: 'us',
  at: new Date(DAY + at * 1000),
  ...more,
});

/** Something in every part of the page. */
export async function furnish(firestore: Firestore): Promise<void> {
  const batch = firestore.batch();
  const set = (path: string, data: DocumentData): void => void batch.set(firestore.doc(path), data);
  for (let at = 0; at < 12; at++) {
    set(`alerts/a${at}`, alert(at, { severity: ['info', 'warning', 'critical'][at % 3]! }));
    set(`live/quakes/liveEvents/e${at}`, liveEvent(at));
    set(`windows/quakes/panes/hourly~${at}`, pane(at));
    set(`inbox/demo/messages/m${at}`, message(at));
  }
  set('alerts/closed', alert(1, { state: 'closed', title: 'Over' }));
  set('uploads/u1', upload({ counts: { ...upload()['counts'], rejected: 3 } }));
  for (let line = 1; line <= 3; line++)
    set(`deadLetters/d${line}`, {
      step: 'enrich',
      pipeline: 'quakes',
      kind: 'rejected',
      state: 'open',
      reason: 'properties.mag must be number',
      origin: { upload: 'u1', line },
      excerpt: '{"id":1}',
    });
  await batch.commit();
}

/** Takes everything away but who may see what. */
export async function empty(firestore: Firestore): Promise<void> {
  const paths = [
    'alerts',
    'uploads',
    'deadLetters',
    'live/quakes/liveEvents',
    'windows/quakes/panes',
    'inbox/demo/messages',
  ];
  await Promise.all(paths.map(path => firestore.recursiveDelete(firestore.collection(path))));
}
