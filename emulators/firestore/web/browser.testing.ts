import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Kit } from './page.testing.ts';

export const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser to test with, if so. */
export const NO_BROWSER: string | undefined = existsSync(EXECUTABLE)
  ? undefined
  : `there is no Chromium at ${EXECUTABLE}; install it or set CHROMIUM`;

export interface TestBrowser {
  /** A page with the SDK in it; pages of one context share their storage. */
  page(context?: BrowserContext): Promise<Page>;
  readonly browser: Browser;
  stop(): Promise<void>;
}

/** Chromium, and a server of a page with the SDK as a user would bundle it. */
export async function startBrowser(): Promise<TestBrowser> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.testing.ts')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  });
  const script = outputFiles[0]!.contents;
  const server = createServer((req, res) => {
    if (req.url === '/sdk.js') res.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else res.writeHead(200, { 'content-type': 'text/html' }).end('<script src="/sdk.js"></script>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
  return {
    browser,
    page: async (context?: BrowserContext) => {
      const page = await (context ?? browser).newPage();
      page.on('pageerror', error => console.error('In the page:', error));
      await page.goto(`http://127.0.0.1:${port}/`);
      return page;
    },
    stop: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Runs a function in the page; it may use nothing but its two arguments. */
export function inPage<A, T>(
  page: Page,
  work: (kit: Kit, argument: A) => Promise<T>,
  argument: A,
): Promise<T> {
  return page.evaluate(`(${work})(globalThis.kit, ${JSON.stringify(argument)})`) as Promise<T>;
}
