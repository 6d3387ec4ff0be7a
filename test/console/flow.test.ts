import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEMO_ACCOUNT, seedDemoAccount } from '../../cli/demo-account.ts';
import { NO_BROWSER } from '../../emulators/firestore/web/browser.testing.ts';
import { ROOT, startTestSuite, type TestSuite } from '../support/suite.ts';
import { type People, startPeople } from './browser.ts';
import { enter } from './stage.ts';

const FILE = join(ROOT, 'node_modules/vega-datasets/data/earthquakes.json');
const RECORDS = (JSON.parse(readFileSync(FILE, 'utf8')) as { features: unknown[] }).features.length;

let millrace: TestSuite;
let people: People;
let page: Page;
beforeAll(async () => {
  if (NO_BROWSER) return;
  [millrace, people] = await Promise.all([
    startTestSuite({ pipelines: join(ROOT, 'pipelines'), demo: DEMO_ACCOUNT }),
    startPeople(),
  ]);
  const { suite } = millrace;
  await Promise.all([
    seedDemoAccount(
      `http://${host('FIREBASE_AUTH_EMULATOR_HOST')}`,
      `http://${host('FIRESTORE_EMULATOR_HOST')}`,
    ),
    suite.console.prepare(),
    suite.functions.ready(),
  ]);
  page = await people.visit(`http://127.0.0.1:${suite.console.port}/`);
  await enter(page);
});
beforeEach(context => {
  if (NO_BROWSER) context.skip(NO_BROWSER);
});
afterAll(async () => {
  await people?.stop();
  await millrace?.[Symbol.asyncDispose]();
});

const host = (name: string): string => millrace.suite.environment[name]!;

test('a file that is dropped is counted to its last record, and raises alerts', async () => {
  const content = readFileSync(FILE).toString('base64');
  await page.evaluate(
    `((base64) => {
      const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], 'earthquakes.json', { type: 'application/json' }));
      for (const name of ['dragover', 'drop'])
        window.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
    })(${JSON.stringify(content)})`,
  );
  const row = page.locator('[data-upload]');
  await row.getByText('Done').waitFor({ timeout: 40_000 });
  const shown = new Intl.NumberFormat('en').format(RECORDS);
  await row.getByText(`${shown} records`).waitFor();
  await row.getByText(`${shown} accepted`).waitFor();
  await page.getByTestId('window-events').getByText(`${shown} events in 169 windows`).waitFor();
  const alerts = (
    await millrace.firestore.collection('alerts').where('state', '==', 'open').count().get()
  ).data();
  await page.getByTestId('open-alerts').getByText(`${alerts.count} open`).waitFor();
});

test('an alert is acknowledged in the name of who does it, at the time of the server', async () => {
  const row = page.locator('.alert').first();
  const id = await row.getAttribute('data-alert');
  await row.getByRole('button', { name: 'Acknowledge' }).click();
  await expect
    .poll(async () => (await millrace.firestore.doc(`alerts/${id}`).get()).data(), { timeout: 10_000 })
    .toMatchObject({ state: 'acknowledged', acknowledgedBy: 'demo', acknowledgedAt: expect.anything() });
  await page.getByRole('link', { name: /Alerts/ }).click();
  await page.locator(`[data-alert="${id}"]`).getByText('Acknowledged by you').waitFor();
});

test('who is told of alerts finds them in the inbox, and marks them as read', async () => {
  await page.getByRole('link', { name: /Inbox/ }).click();
  const messages = page.locator('.message.unread');
  await messages.first().waitFor();
  const before = await messages.count();
  await messages.first().getByRole('button', { name: 'Mark as read' }).click();
  await expect.poll(() => messages.count()).toBe(before - 1);
  expect(people.complaints()).toEqual([]);
});
