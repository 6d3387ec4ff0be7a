import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFirestore } from '../server.ts';
import { clientOf } from '../testing.ts';
import { inPage } from './browser.testing.ts';
import { type Network, startProxy } from './proxy.testing.ts';
import { surroundings } from './surroundings.testing.ts';

const around = surroundings();
let proxy: Network;
beforeAll(async () => {
  proxy = await startProxy(() => around.emulator.port);
});
afterAll(() => proxy.stop());

describe('when the network fails', () => {
  const listen = (settings: object, path: string): Promise<void> =>
    inPage(
      around.page,
      async ({ fs, open, kept }, argument) => {
        const shown: string[] = [];
        const db = open(argument.port, argument.settings);
        Object.assign(kept, { shown, db });
        const items = fs.collection(db, argument.path);
        fs.onSnapshot(items, { includeMetadataChanges: true }, ({ docs, metadata }) => {
          const state = [metadata.fromCache && 'cached', metadata.hasPendingWrites && 'pending'];
          shown.push([...docs.map(doc => doc.id), ...state.filter(Boolean)].join(' '));
        });
      },
      { port: proxy.port, settings, path },
    );

  test.each([
    ['streams', {}],
    ['long polling', { experimentalForceLongPolling: true }],
  ])('%s go on where they were cut, without a document lost', async (name, settings) => {
    const items = around.server.collection(`cut ${name}`);
    await listen(settings, `cut ${name}`);
    await around.shown('');
    for (const id of ['a', 'b', 'c']) {
      proxy.cut();
      await items.doc(id).set({});
    }
    expect((await around.shown('a b c')).join()).not.toContain('cached');
  });

  test('an emulator that is started anew is found again, and what is gone there goes here', async () => {
    const first = await startFirestore();
    let port = first.port;
    const way = await startProxy(() => port);
    await inPage(
      around.page,
      async ({ fs, open, kept }, to) => {
        const shown: string[] = [];
        kept['shown'] = shown;
        const items = fs.collection(open(to), 'restarted');
        fs.onSnapshot(items, { includeMetadataChanges: true }, ({ docs, metadata }) => {
          shown.push(`${docs.map(doc => doc.id).join(' ')}${metadata.fromCache ? ' cached' : ''}`);
        });
        await fs.setDoc(fs.doc(items, 'old'), {});
      },
      way.port,
    );
    await around.shown('old');
    const second = await startFirestore();
    port = second.port;
    const client = clientOf(port);
    await client.doc('restarted/new').set({});
    await first.stop();
    await around.shown('new');
    await Promise.all([client.terminate(), way.stop(), second.stop()]);
  });

  test('an offline client shows its own writes, and sends them when it is back', async () => {
    await around.server.doc('offline/a').set({});
    await listen({}, 'offline');
    await around.shown('a');
    await inPage(
      around.page,
      async ({ fs, kept }) => {
        const db = kept['db'] as ReturnType<typeof fs.getFirestore>;
        await fs.disableNetwork(db);
        fs.setDoc(fs.doc(db, 'offline/b'), {});
      },
      undefined,
    );
    await around.shown('a b cached pending');
    await around.server.doc('offline/c').set({});
    await inPage(
      around.page,
      async ({ fs, kept }) => {
        const db = kept['db'] as ReturnType<typeof fs.getFirestore>;
        await fs.enableNetwork(db);
        await fs.waitForPendingWrites(db);
      },
      undefined,
    );
    await around.shown('a b c');
    expect((await around.server.doc('offline/b').get()).exists).toBe(true);
  });
});

test('five pages at once all get through, where the emulator goes by the name of localhost', async () => {
  const context = await around.browser.browser.newContext();
  const pages = await Promise.all(Array.from({ length: 5 }, () => around.browser.page(context)));
  for (const [index, one] of pages.entries())
    await inPage(
      one,
      async ({ fs, open, kept }, { port, id }) => {
        const sizes: number[] = [];
        kept['shown'] = sizes;
        const items = fs.collection(open(port, {}, undefined, 'localhost'), 'pages');
        fs.onSnapshot(items, snapshot => sizes.push(snapshot.size));
        await fs.setDoc(fs.doc(items, id), {});
      },
      { port: around.emulator.port, id: `page ${index}` },
    );
  await Promise.all(pages.map(one => one.waitForFunction('globalThis.kit.kept.shown.at(-1) === 5')));
  await context.close();
});

describe('with persistence', () => {
  test('two pages share one cache, and a page that comes back resumes from it', async () => {
    const context = await around.browser.browser.newContext();
    const open = (one: Page): Promise<void> =>
      inPage(
        one,
        async ({ fs, open: openDb, kept }, port) => {
          const localCache = fs.persistentLocalCache({ tabManager: fs.persistentMultipleTabManager() });
          const items = fs.collection(openDb(port, { localCache }), 'tabs');
          const seen: string[] = [];
          kept['shown'] = seen;
          fs.onSnapshot(items, { includeMetadataChanges: true }, ({ docs, metadata }) => {
            seen.push(`${docs.map(doc => doc.id).join(' ')}${metadata.fromCache ? ' cached' : ''}`);
          });
        },
        around.emulator.port,
      );
    await around.server.doc('tabs/a').set({});
    const [first, second] = [await around.browser.page(context), await around.browser.page(context)];
    await open(first);
    await open(second);
    const shows = (one: Page, last: string) =>
      one.waitForFunction(`globalThis.kit.kept.shown.at(-1) === ${JSON.stringify(last)}`);
    await Promise.all([shows(first, 'a'), shows(second, 'a')]);
    await around.server.doc('tabs/b').set({});
    await Promise.all([shows(first, 'a b'), shows(second, 'a b')]);
    // So that it hands over at once, as a page does that is closed by hand.
    await first.goto('about:blank');
    await around.server.doc('tabs/c').set({});
    await shows(second, 'a b c');
    await second.goto('about:blank');
    await around.server.doc('tabs/d').set({});
    const third = await around.browser.page(context);
    await open(third);
    await shows(third, 'a b c d');
    const seen = await inPage(third, async kit => kit.kept['shown'], undefined);
    expect(seen).toContain('a b c cached');
    await context.close();
  });
});
