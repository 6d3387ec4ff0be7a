import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { EXECUTABLE } from '../../emulators/firestore/web/browser.testing.ts';
import { linkOf, VIEWS } from './views.ts';

/**
 * `node test/console/screenshots.ts [URL] [FOLDER]`: pictures of every view of a running suite's console, in both themes, on a
 * desk and on a phone, to be looked at.
 */
const [url = 'http://127.0.0.1:8700/', folder = mkdtempSync(join(tmpdir(), 'millrace-'))] =
  process.argv.slice(2);
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
for (const theme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const context = await browser.newContext({
      viewport,
      colorScheme: theme,
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
    });
    const page = await context.newPage();
    const picture = (view: string) =>
      page.screenshot({ path: resolve(folder, `${view}-${size}-${theme}.png`) });
    await page.goto(url);
    const demo = page.getByRole('button', { name: 'Continue with the demo account' });
    await demo.waitFor({ timeout: 60_000 });
    await picture('sign-in');
    await demo.click();
    await page.getByTestId('link').getByText('Live').waitFor();
    for (const view of VIEWS) {
      await page.goto(url + linkOf(view));
      // The map comes by itself, and the page has no event for that.
      await page.waitForTimeout(800);
      await picture(view);
    }
    await page.goto(url + linkOf('overview'));
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await page.setViewportSize({ ...viewport, height });
    await page.waitForTimeout(500);
    await picture('whole');
    await context.close();
  }
}
await browser.close();
console.log(`Look at ${folder}`);
