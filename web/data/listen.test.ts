import type { Query } from 'firebase/firestore';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerClock } from './clock.ts';
import type { Connection } from './connection.ts';
import { type Listened, listen } from './listen.ts';

type Data = Record<string, unknown>;
interface Heard {
  next(snapshot: unknown): void;
  fail(error: unknown): void;
  stopped: boolean;
}
const heard = vi.hoisted(() => ({ stopped: false }) as Heard);
vi.mock('firebase/firestore', () => ({
  onSnapshot: (_query: unknown, _options: unknown, next: Heard['next'], fail: Heard['fail']) => {
    Object.assign(heard, { next, fail, stopped: false });
    return () => {
      heard.stopped = true;
    };
  },
}));

let frames: (() => void)[] = [];
const draw = (): void => {
  for (const frame of frames.splice(0)) frame();
};
beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
  vi.stubGlobal('cancelAnimationFrame', (at: number) => frames.splice(at - 1, 1));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const doc = (id: string, data: Data, hasPendingWrites = false) => ({
  id,
  data: () => data,
  metadata: { hasPendingWrites },
});
type Doc = ReturnType<typeof doc>;
const snapshot = (docs: Doc[], changed: Doc[], fromCache = false) => ({
  docs,
  empty: docs.length === 0,
  metadata: { fromCache },
  docChanges: () => changed.map(one => ({ doc: one })),
});

function listening() {
  const told: Listened[] = [];
  const links: unknown[] = [];
  const connection = {
    report: (_self: object, synced: boolean) => links.push(synced),
    forget: () => links.push('forgotten'),
  } as unknown as Connection;
  const clock = new ServerClock(
    () => 1000,
    () => 0,
  );
  const stop = listen({} as Query, { connection, clock }, one => told.push(one));
  return { told, links, clock, stop };
}

test('a burst of changes is told once a frame, as it stands then', () => {
  const { told } = listening();
  const docs: Doc[] = [];
  for (let at = 0; at < 1000; at++) {
    docs.push(doc(`d${at}`, { at }));
    heard.next(snapshot([...docs], docs.slice(-1)));
  }
  draw();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ state: 'ready', rows: { length: 1000 } });
});

test('a document that has not changed stays the same object, one that has gone is forgotten', () => {
  const { told } = listening();
  const [a, b, c] = [doc('a', {}), doc('b', {}), doc('c', {})];
  heard.next(snapshot([a, b], [a, b]));
  draw();
  heard.next(snapshot([a, c], [c, b]));
  draw();
  const [first, second] = told.map(one => (one.state === 'ready' ? one.rows : []));
  expect(second!.map(({ id }) => id)).toEqual(['a', 'c']);
  expect(second![0]).toBe(first![0]);
});

test('an empty cache says nothing, an empty server does', () => {
  const { told, links } = listening();
  heard.next(snapshot([], [], true));
  draw();
  expect([told, links]).toEqual([[], []]);
  heard.next(snapshot([], []));
  draw();
  expect([told, links]).toEqual([[{ state: 'ready', rows: [] }], [true]]);
});

test('the connection hears that only the cache answers, and nothing is drawn for it', () => {
  const { told, links } = listening();
  const a = doc('a', {});
  heard.next(snapshot([a], [a]));
  heard.next(snapshot([a], [], true));
  heard.next(snapshot([a], []));
  draw();
  expect(links).toEqual([true, false, true]);
  expect(told).toHaveLength(1);
});

test('the clock hears when documents were written, not when this page thinks that they will be', () => {
  const { clock } = listening();
  const at = (ms: number) => ({ at: { toMillis: () => ms } });
  const [mine, theirs] = [doc('a', at(9000), true), doc('b', at(5000))];
  heard.next(snapshot([mine, theirs], [mine, theirs]));
  expect(clock.now()).toBe(5000);
});

test('a denied read is told in words, and is no lost connection', () => {
  const { told, links } = listening();
  heard.fail({ code: 'permission-denied' });
  draw();
  expect(told).toMatchObject([{ state: 'failed', problem: { title: 'You may not see this' } }]);
  expect(links).toEqual(['forgotten']);
});

test('who stops listening is told nothing any more', () => {
  const { told, stop } = listening();
  heard.next(snapshot([doc('a', {})], [doc('a', {})]));
  stop();
  draw();
  expect([told, heard.stopped]).toEqual([[], true]);
});
