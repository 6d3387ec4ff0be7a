import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { EXECUTABLE } from '../../emulators/firestore/web/browser.testing.ts';

/** The words and times of the tests hold for this place. */
const PLACE: BrowserContextOptions = {
  locale: 'en-GB',
  timezoneId: 'UTC',
  viewport: { width: 1440, height: 900 },
};

/** An image by which the SDK, after a cut, finds out whether there is a network at all. The page's policy forbids it. */
const PROBE = 'www.google.com/images/cleardot.gif';

/** Chromium with a profile of its own for each person. */
export interface People {
  /** A page at this address, as somebody sees it who has never been there. */
  visit(url: string, options?: BrowserContextOptions, before?: (page: Page) => Promise<void>): Promise<Page>;
  /** What pages have complained of since the last time that this was asked: errors, and what their policy forbids. */
  complaints(): string[];
  /** Closes all pages. */
  leave(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPeople(): Promise<People> {
  const browser: Browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
  const contexts: BrowserContext[] = [];
  let heard: string[] = [];
  return {
    visit: async (url, options = {}, before) => {
      const context = await browser.newContext({ ...PLACE, ...options });
      contexts.push(context);
      context.setDefaultTimeout(15_000);
      context.on('weberror', error => heard.push(String(error.error())));
      context.on('console', message => {
        const text = message.text();
        if (/Content Security Policy|TrustedHTML/.test(text) && !text.includes(PROBE)) heard.push(text);
      });
      const page = await context.newPage();
      await before?.(page);
      await page.goto(url);
      return page;
    },
    complaints: () => {
      const all = heard;
      heard = [];
      return all;
    },
    leave: async () => {
      await Promise.all(contexts.splice(0).map(context => context.close()));
    },
    stop: () => browser.close(),
  };
}
