import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_BROWSER } from '../../emulators/firestore/web/browser.testing.ts';
import { type People, startPeople } from './browser.ts';
import { alert, empty, furnish, liveEvent, message, pane, upload } from './documents.ts';
import { enter, type Stage, startStage } from './stage.ts';

/** The rule by which alerts are read. */
const ALERTS = /(match \/alerts\/\{id\} \{\s+allow read:) [^;]+;/;

let stage: Stage;
let people: People;
beforeAll(async () => {
  if (NO_BROWSER) return;
  [stage, people] = await Promise.all([startStage(), startPeople()]);
});
beforeEach(context => {
  if (NO_BROWSER) context.skip(NO_BROWSER);
});
afterEach(async () => {
  if (NO_BROWSER) return;
  expect(people.complaints()).toEqual([]);
  await people.leave();
  await empty(stage.firestore());
});
afterAll(async () => {
  await people?.stop();
  await stage?.[Symbol.asyncDispose]();
});

const demo = async (
  ...args: Parameters<People['visit']> extends [string, ...infer Rest] ? Rest : never
): Promise<Page> => {
  const page = await people.visit(stage.url, ...args);
  await enter(page);
  return page;
};
const openAlerts = (page: Page) => page.getByTestId('open-alerts');

/** By which a view is known to be there. */
const STANDS_IN: Readonly<Record<string, string>> = {
  overview: '144 events in 12 windows',
  files: 'line 1',
  alerts: '12 open',
  inbox: 'for you alone',
  'sign-in': 'Continue with the demo account',
};

/** What axe finds, by rule and element. @param rules all, unless only some can have changed */
async function faultsOf(page: Page, ...rules: string[]): Promise<string[]> {
  const options: axe.RunOptions = {
    resultTypes: ['violations'],
    ...(rules.length > 0 && { runOnly: rules }),
  };
  const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`;
  const found = (await page.evaluate(run)) as axe.Result[];
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}

describe('the console', () => {
  test('says of an empty project what to do', async () => {
    const page = await demo();
    for (const text of ['Drop a file', 'No windows yet', 'No alerts', 'No places yet', 'No events yet'])
      await page.getByText(text).first().waitFor();
  });

  test('shows markup in any field as the text that it is', async () => {
    const evil = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>';
    const store = stage.firestore();
    await Promise.all([
      store.doc('alerts/x').set(alert(1, { title: evil, rule: evil, key: evil })),
      store.doc('uploads/x').set(upload({ name: evil, error: { reason: evil } })),
      store
        .doc('deadLetters/x')
        .set({ reason: evil, excerpt: evil, step: evil, origin: { upload: 'x', line: 1 } }),
      store.doc('live/quakes/liveEvents/x').set(
        liveEvent(1, {
          key: evil,
          data: { properties: { place: evil, mag: 5 }, geometry: { coordinates: [1, 2, evil] } },
        }),
      ),
      store
        .doc('windows/quakes/panes/x')
        .set(pane(1, { window: evil, keys: { [evil]: { count: 2, [evil]: { count: 1, mean: 1 } } } })),
      store.doc('inbox/demo/messages/x').set(message(1, { title: evil, pipeline: evil })),
    ]);
    const page = await demo();
    for (const view of ['files', 'alerts', 'inbox', 'overview']) {
      await page.goto(`${stage.url}#/quakes/${view}`);
      if (view === 'files') await page.getByRole('button', { name: 'Rejects' }).click();
      await page.getByText('<img src=x').first().waitFor();
    }
    await page.getByRole('button', { name: /^<img/ }).click();
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(await page.title()).toBe('Millrace');
  });

  test('lets somebody in as soon as they are granted something', async () => {
    const uid = await stage.account('ann@example.com', 'secret-of-ann');
    const page = await people.visit(stage.url);
    await page.getByLabel('E-mail').fill('ann@example.com');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('E-mail and password do not match').waitFor();
    await page.getByLabel('Password').fill('secret-of-ann');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('granted nothing yet').waitFor();
    await page.getByText(uid).waitFor();
    await stage
      .firestore()
      .doc(`grants/${uid}`)
      .set({ pipelines: ['logs'] });
    await page.getByText('Requests').waitFor();
    expect(await page.getByLabel('Pipeline').locator('option').allTextContents()).toEqual(['logs']);
  });

  test('says which part of the page is denied, and shows it once it no longer is', async () => {
    await furnish(stage.firestore());
    stage.rules(text => text.replace(ALERTS, '$1 if false;'));
    const page = await demo();
    const denied = page.getByRole('region', { name: 'Alerts', exact: true });
    await denied.getByText('You may not see this').waitFor();
    await page.getByText('144 events in 12 windows').waitFor();
    stage.rules();
    await denied.getByRole('button', { name: 'Try again' }).click();
    await openAlerts(page).getByText('12 open').waitFor();
  });

  test('asks to sign in again when the sign-in has ended, and says why, also to who loads it again', async () => {
    // The SDK takes a token that expires within 30 s for one that has.
    await using shortly = await startStage(31);
    const uid = await shortly.account('bob@example.com', 'secret-of-bob');
    await shortly
      .firestore()
      .doc(`grants/${uid}`)
      .set({ pipelines: ['*'] });
    const page = await people.visit(shortly.url);
    await page.getByLabel('E-mail').fill('bob@example.com');
    await page.getByLabel('Password').fill('secret-of-bob');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByTestId('link').getByText('Live').waitFor();
    await shortly.removeAccount(uid);
    shortly.network.cut();
    await page.getByText('Your sign-in has ended').waitFor();
    await page.reload();
    await page.getByText('Your sign-in has ended').waitFor();
  });

  test('says that the network is gone and since when, and has missed nothing when it is back', async () => {
    const store = stage.firestore();
    await store.doc('alerts/a0').set(alert(0));
    const page = await demo();
    await openAlerts(page).getByText('1 open').waitFor();
    await page.context().setOffline(true);
    await page.getByText('No connection.').waitFor();
    await Promise.all([
      store.doc('alerts/a1').set(alert(1)),
      store.doc('alerts/a0').delete(),
      store.doc('alerts/a2').set(alert(2)),
    ]);
    await page.context().setOffline(false);
    await openAlerts(page).getByText('2 open').waitFor();
    await page.getByText('No connection.').waitFor({ state: 'detached' });
    expect(
      await page.locator('[data-alert]').evaluateAll(rows => rows.map(row => row.getAttribute('data-alert'))),
    ).toEqual(['a2', 'a1']);
  });

  test('goes on with a suite that has started anew, and shows only what that one has', async () => {
    await furnish(stage.firestore());
    const page = await demo();
    await openAlerts(page).getByText('12 open').waitFor();
    await stage.restart();
    await stage
      .firestore()
      .doc('alerts/new')
      .set(alert(99, { title: 'After the restart' }));
    await page.getByText('After the restart').waitFor({ timeout: 30_000 });
    await openAlerts(page).getByText('1 open').waitFor();
  });

  test('shows in one tab what is done in another', async () => {
    await stage.firestore().doc('alerts/a0').set(alert(0));
    const one = await demo();
    const two = await one.context().newPage();
    await two.goto(stage.url);
    await openAlerts(two).getByText('1 open').waitFor();
    await one.getByRole('button', { name: 'Acknowledge: Magnitude 0' }).click();
    await openAlerts(two).getByText('0 open').waitFor();
    await two.getByText('Acknowledged by you').waitFor();
  });

  test('says why a file could not be sent, and what to do', async () => {
    const page = await demo();
    await page
      .getByLabel('File to upload')
      .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('a') });
    await page.getByText('The step upload-url is still starting. Drop the file again').waitFor();
    await page.getByRole('button', { name: 'Dismiss a.csv' }).click();
    await expect.poll(() => page.getByText('a.csv').count()).toBe(0);
  });

  test('is acknowledged by keyboard, from alert to alert', async () => {
    await furnish(stage.firestore());
    const page = await demo();
    await page.getByRole('button', { name: 'Acknowledge: Magnitude 11' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await openAlerts(page).getByText('11 open').waitFor();
    await expect
      .poll(async () => (await stage.firestore().doc('alerts/a8').get()).data())
      .toMatchObject({
        state: 'acknowledged',
        acknowledgedBy: 'demo',
      });
    // The button is gone; the keyboard goes on from the next.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Acknowledge');
  });

  test('takes a thousand alerts at once without standing still', async () => {
    const page = await demo();
    await page.evaluate(`
      globalThis.longest = 0;
      new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
      }).observe({ type: 'longtask' });`);
    const store = stage.firestore();
    const writer = store.bulkWriter();
    for (let at = 0; at < 1000; at++) void writer.set(store.doc(`alerts/a${at}`), alert(at));
    await writer.close();
    await openAlerts(page).getByText('200+ open').waitFor();
    await page.getByText('Magnitude 999').waitFor();
    expect(await page.locator('[data-alert]').count()).toBe(20);
    expect(await page.evaluate('globalThis.longest')).toBeLessThan(1000);
  });

  test('is accessible in both themes, on a desk and on a phone', async () => {
    await furnish(stage.firestore());
    const page = await demo({ reducedMotion: 'reduce' });
    await page.locator('.map .points').waitFor();
    await page.evaluate(axe.source);
    const faults: string[] = [];
    for (const view of ['overview', 'files', 'alerts', 'inbox', 'sign-in']) {
      if (view === 'sign-in') await page.getByRole('button', { name: 'Sign out' }).click();
      else await page.goto(`${stage.url}#/quakes/${view}`);
      if (view === 'files') await page.getByRole('button', { name: 'Rejects' }).click();
      await page.getByText(STANDS_IN[view]!).first().waitFor();
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 844 });
        await page.emulateMedia({ colorScheme: 'light' });
        const found = await faultsOf(page);
        await page.emulateMedia({ colorScheme: 'dark' });
        found.push(...(await faultsOf(page, 'color-contrast')));
        faults.push(...found.map(fault => `${view}, ${width} px: ${fault}`));
        expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBe(width);
      }
    }
    expect(faults).toEqual([]);
  });

  test('tells times rightly on a computer whose clock is an hour ahead', async () => {
    await stage.firestore().doc('uploads/u1').set(upload());
    const page = await demo({}, async fresh => {
      await fresh.addInitScript(`{
      const Real = Date;
      const wrong = () => Real.now() + 3600000;
      globalThis.Date = class extends Real {
        constructor(...args) { super(...(args.length === 0 ? [wrong()] : args)); }
        static now() { return wrong(); }
      };
    }`);
    });
    await page
      .locator('[data-upload=u1] time')
      .getByText(/^(just now|\d+ s ago)$/)
      .waitFor();
  });
});
