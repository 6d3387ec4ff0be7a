import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../server.ts';
import { inPage, NO_BROWSER, startBrowser, type TestBrowser } from './browser.testing.ts';

let browser: TestBrowser;
let emulator: FirestoreEmulator;
let page: Page;
beforeAll(async () => {
  if (NO_BROWSER) return;
  emulator = await startFirestore();
  browser = await startBrowser();
  page = await browser.page();
});
beforeEach(context => {
  if (NO_BROWSER) context.skip(NO_BROWSER);
});
afterEach(() => inPage(page, kit => kit.close(), undefined));
afterAll(async () => {
  await browser?.stop();
  await emulator?.stop();
});

const SETTINGS = {
  'by default': {},
  'with long polling': { experimentalForceLongPolling: true },
  'with XMLHttpRequest': { useFetchStreams: false },
  'with XMLHttpRequest and long polling': { useFetchStreams: false, experimentalForceLongPolling: true },
  'without a look at the network': { experimentalAutoDetectLongPolling: false },
};

describe.each(Object.entries(SETTINGS))('the web SDK %s', (name, settings) => {
  const argument = () => ({ port: emulator.port, settings, path: name.replaceAll(' ', '-') });

  test('writes and reads documents, and hears of every change', async () => {
    const seen = await inPage(
      page,
      async ({ fs, open }, { port, settings, path }) => {
        const db = open(port, settings);
        const items = fs.collection(db, path);
        const snapshots: unknown[] = [];
        let heard = () => {};
        const next = () => new Promise<void>(resolve => (heard = resolve));
        const first = next();
        const stop = fs.onSnapshot(fs.query(items, fs.orderBy('n')), snapshot => {
          snapshots.push(snapshot.docs.map(doc => `${doc.id} ${doc.get('n')} ${doc.get('text') ?? ''}`));
          heard();
        });
        await first;
        await fs.setDoc(fs.doc(items, 'a'), { n: 1, text: 'größer 🌍 \u2028' });
        await fs.setDoc(fs.doc(items, 'b'), { n: 0 });
        await fs.updateDoc(fs.doc(items, 'a'), { n: fs.increment(5) });
        await fs.deleteDoc(fs.doc(items, 'b'));
        const read = await fs.getDocFromServer(fs.doc(items, 'a'));
        const all = await fs.getDocsFromServer(items);
        const count = await fs.getCountFromServer(items);
        stop();
        return { snapshots, read: read.data(), all: all.size, count: count.data().count };
      },
      argument(),
    );
    expect(seen.read).toEqual({ n: 6, text: 'größer 🌍 \u2028' });
    expect(seen).toMatchObject({ all: 1, count: 1 });
    expect(seen.snapshots).toEqual([
      [],
      ['a 1 größer 🌍 \u2028'],
      ['b 0 ', 'a 1 größer 🌍 \u2028'],
      ['b 0 ', 'a 6 größer 🌍 \u2028'],
      ['a 6 größer 🌍 \u2028'],
    ]);
  });
});
