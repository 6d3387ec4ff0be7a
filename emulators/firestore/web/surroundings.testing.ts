import type { Firestore } from '@google-cloud/firestore';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../server.ts';
import { clientOf } from '../testing.ts';
import { inPage, NO_BROWSER, startBrowser, type TestBrowser } from './browser.testing.ts';

/** What the tests of one file share: an emulator, a server's client of it, and a page in a browser. */
export interface Surroundings {
  emulator: FirestoreEmulator;
  server: Firestore;
  browser: TestBrowser;
  page: Page;
  /** Waits until this is what the page has shown last; resolves with all that it has shown, in `kit.kept.shown`. */
  shown(last: string): Promise<string[]>;
}

/** Filled in before the first test; without a browser the tests are skipped, and say why. */
export function surroundings(): Surroundings {
  const all = {
    async shown(last: string): Promise<string[]> {
      await all.page.waitForFunction(`globalThis.kit.kept.shown.at(-1) === ${JSON.stringify(last)}`);
      return inPage(all.page, async kit => kit.kept['shown'] as string[], undefined);
    },
  } as Surroundings;
  beforeAll(async () => {
    if (NO_BROWSER) return;
    all.emulator = await startFirestore();
    all.server = clientOf(all.emulator.port);
    all.browser = await startBrowser();
    all.page = await all.browser.page();
  });
  beforeEach(context => {
    if (NO_BROWSER) context.skip(NO_BROWSER);
  });
  afterEach(async () => {
    if (!NO_BROWSER) await inPage(all.page, kit => kit.close(), undefined);
  });
  afterAll(async () => {
    if (NO_BROWSER) return;
    await all.browser.stop();
    await all.server.terminate();
    await all.emulator.stop();
  });
  return all;
}
