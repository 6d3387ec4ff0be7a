import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fanOut } from '../functions/notify/fan-out.ts';
import { alertOf } from '../functions/notify/notify.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

let millrace: TestSuite;
beforeAll(async () => {
  // A budget this short hands the rest over after each page.
  millrace = await startTestSuite({ environment: { NOTIFY_BUDGET_SECONDS: '0.001' } });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

/** More for a campaign: MILLRACE_SUBSCRIBERS=10000. */
const SUBSCRIBERS = Number(process.env['MILLRACE_SUBSCRIBERS'] ?? 2_500);
const ALERT = {
  ...{ pipeline: 'items', rule: 'high', severity: 'warning', state: 'open', title: 'a is high', key: 'a' },
  time: new Date(),
};
const alerts = () => millrace.firestore.collection('alerts');
const inbox = async (uid: string) =>
  (await millrace.firestore.collection(`inbox/${uid}/messages`).get()).docs.map(message => message.data());

describe('an alert', () => {
  it('reaches those who asked for it, and its rise those who wait for that', async () => {
    const subscriptions = millrace.firestore.collection('subscriptions');
    await subscriptions.doc('1').set({ uid: 'ann', pipeline: 'items', rule: 'high', via: ['inbox'] });
    await subscriptions.doc('2').set({ uid: 'bob', pipeline: '*', minSeverity: 'critical' });
    await subscriptions.doc('3').set({ uid: 'cid', pipeline: 'quakes' });
    await alerts().doc('rising').set(ALERT);
    await millrace.suite.eventarc.idle();
    expect(await inbox('ann')).toMatchObject([{ alert: 'rising', severity: 'warning', reason: 'opened' }]);
    expect(await inbox('bob')).toEqual([]);
    await alerts().doc('rising').update({ value: 3 });
    await alerts().doc('rising').update({ severity: 'critical', escalatedAt: new Date() });
    await millrace.suite.eventarc.idle();
    expect(await inbox('ann')).toHaveLength(2);
    expect(await inbox('bob')).toMatchObject([
      { alert: 'rising', severity: 'critical', reason: 'escalated' },
    ]);
    expect(await inbox('cid')).toEqual([]);
    const sent = await millrace.firestore.collection('notifications').get();
    expect(sent.docs.map(log => [log.id, log.get('count'), log.get('done')])).toEqual([
      ['rising-critical', 2, true],
      ['rising-warning', 1, true],
    ]);
  });

  it('told by three runs at once is told once', { timeout: 30_000 }, async () => {
    const writer = millrace.firestore.bulkWriter({ throttling: false });
    for (let n = 0; n < 1000; n++) {
      void writer.create(millrace.firestore.doc(`subscriptions/some${n}`), {
        uid: `s${n}`,
        pipeline: 'some',
      });
    }
    await writer.close();
    const alert = alertOf('raced', { ...ALERT, pipeline: 'some' })!;
    const now = () => new Date();
    const runs = await Promise.all(
      [1, 2, 3].map(() => fanOut(millrace.firestore, alert, now, Number.POSITIVE_INFINITY)),
    );
    expect(runs.map(({ done }) => done)).toEqual([true, true, true]);
    expect(runs.reduce((sum, { sent }) => sum + sent, 0)).toBe(1000);
    expect((await millrace.firestore.doc('notifications/raced-warning').get()).get('count')).toBe(1000);
  });

  it('reaches every subscriber once, over many runs, though the step is killed meanwhile', {
    timeout: 60_000,
  }, async () => {
    const writer = millrace.firestore.bulkWriter({ throttling: false });
    for (let n = 0; n < SUBSCRIBERS; n++) {
      void writer.create(millrace.firestore.doc(`subscriptions/many${n}`), {
        uid: `u${n}`,
        pipeline: 'many',
      });
    }
    await writer.close();
    const began = Date.now();
    await alerts()
      .doc('loud')
      .set({ ...ALERT, pipeline: 'many' });
    const log = millrace.firestore.doc('notifications/loud-warning');
    await expect
      .poll(async () => (await log.get()).get('count') ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(SUBSCRIBERS / 10);
    millrace.suite.functions.kill();
    await expect.poll(async () => (await log.get()).get('done'), { timeout: 30_000 }).toBe(true);
    console.log(`${SUBSCRIBERS} subscribers told in ${Date.now() - began} ms`);
    await millrace.suite.eventarc.idle();
    expect((await log.get()).get('count')).toBe(SUBSCRIBERS);
    const messages = millrace.firestore.collectionGroup('messages').where('alert', '==', 'loud');
    expect((await messages.count().get()).data().count).toBe(SUBSCRIBERS);
  });
});
