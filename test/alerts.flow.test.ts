import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const MINUTE = 60_000;
const minute = (at: number): Date => new Date(START + at * MINUTE);

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite({ pipelines: resolve(ROOT, 'test/alerts') });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

type Alert = Record<string, unknown> & { readonly id: string };

async function alertsOf(rule: string): Promise<Alert[]> {
  const { docs } = await millrace.firestore.collection('alerts').where('rule', '==', rule).get();
  const alerts = docs.map((alert): Alert => ({ id: alert.id, ...plain(alert.data()) }));
  return alerts.sort((a, b) => Number(a['openedAt']) - Number(b['openedAt']));
}

function plain(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([field, value]) => {
    const time = value as { toDate?(): Date };
    return [field, time?.toDate ? time.toDate() : value];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Shares of 4xx by the minute, in tenths. */
const TENTHS = [0, 4, 5, 6, 3, 4, 9, 1, 0, 9, 9, 9, 9, 9, 9, 0];

async function writePane(at: number, tenths: number, index = 0): Promise<void> {
  const id = `windows/requests/panes/minutely~${minute(at).toISOString()}`;
  const { version } = millrace.suite.pipelines.find(({ name }) => name === 'requests')!;
  await millrace.firestore.doc(id).set({
    ...{ pipeline: 'requests', window: 'minutely', start: minute(at), end: minute(at + 1), index, version },
    ...{ timing: index === 0 ? 'onTime' : 'late', count: 10, parts: 0, omitted: 0 },
    keys: { '4xx': { count: tenths }, '2xx': { count: 10 - tenths } },
  });
}

describe('a level rule', () => {
  it('opens, escalates and closes alerts over an upload whose lines are in no order', async () => {
    const lines = TENTHS.flatMap((tenths, at) =>
      Array.from({ length: 10 }, (_, n) =>
        JSON.stringify({ at: START + at * MINUTE + n * 1000, class: n < tenths ? '4xx' : '2xx' }),
      ),
    );
    const mixed = lines.map((_, n) => lines[(n * 89) % lines.length]!);
    await millrace.settled(await millrace.upload('requests/mixed.ndjson', mixed.join('\n')));
    await millrace.suite.eventarc.idle();
    const standing = (await alertsOf('refused')).filter(alert => !alert['retracted']);
    expect(standing).toMatchObject([
      {
        ...{ state: 'closed', severity: 'critical', key: '4xx', measure: 'share', threshold: 0.4 },
        ...{ since: minute(1), openedAt: minute(3), escalatedAt: minute(6), closedAt: minute(8) },
        ...{ windows: 6, value: 0.9, title: '4xx: 0.9 of all requests, more than 0.4 in minutely' },
      },
      { since: minute(9), openedAt: minute(14), closedAt: minute(16), state: 'closed', severity: 'warning' },
    ]);
  });

  it('is remembered for 90 days', async () => {
    const { docs } = await millrace.firestore.collectionGroup('checkpoints').get();
    const days = docs.map(one => Math.round((one.get('expireAt').toMillis() - Date.now()) / 86_400_000));
    expect([...new Set(days)]).toEqual([90]);
  });

  it('keeps an alert acknowledged that a client has acknowledged, and closes it all the same', async () => {
    const day = 1440;
    for (const at of [0, 1]) await writePane(day + at, 8);
    await millrace.suite.eventarc.idle();
    const find = async () =>
      (await alertsOf('refused')).find(alert => +(alert['since'] as Date) === +minute(day));
    const opened = await find();
    expect(opened).toMatchObject({ state: 'open', value: 0.8, windows: 2 });
    const document = millrace.firestore.doc(`alerts/${opened!.id}`);
    await document.update({ state: 'acknowledged', acknowledgedBy: 'ann', acknowledgedAt: new Date() });
    await writePane(day + 2, 9);
    await millrace.suite.eventarc.idle();
    expect(await find()).toMatchObject({
      state: 'acknowledged',
      value: 0.9,
      windows: 3,
      acknowledgedBy: 'ann',
    });
    await writePane(day + 3, 0);
    await millrace.suite.eventarc.idle();
    expect(await find()).toMatchObject({ state: 'closed', closedAt: minute(day + 4), acknowledgedBy: 'ann' });
    // A late pane takes the close back.
    await writePane(day + 3, 7, 1);
    await millrace.suite.eventarc.idle();
    const reopened = await find();
    expect(reopened).toMatchObject({ state: 'acknowledged', value: 0.7, windows: 4 });
    expect(reopened).not.toHaveProperty('closedAt');
  });
});
