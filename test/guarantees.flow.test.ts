import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { bucketName } from '../shared/config/config.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

/** What docs/guarantees.md says and no other test shows. */

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite();
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

const DAY_MS = 24 * 3600_000;
const row = (key: string, value: number) => JSON.stringify({ at: '2026-03-01T12:00:30Z', key, value });

/** Has an event delivered that no change has caused. */
async function send(event: object, trigger: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${millrace.suite.eventarc.port}/events`, {
    method: 'POST',
    body: JSON.stringify({ specversion: '1.0', id: 'again', ...event }),
  });
  expect(await response.json()).toEqual({ triggers: expect.arrayContaining([trigger]) });
  await millrace.suite.eventarc.idle();
}

function announce(name: string, generation: string): Promise<void> {
  const bucket = bucketName('uploads', PROJECT);
  const event = {
    type: 'google.cloud.storage.object.v1.finalized',
    source: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
    subject: `objects/${name}`,
    bucket,
    data: { bucket, name, generation, size: '10', metadata: {} },
  };
  return send(event, 'ingest-on-upload');
}

async function publish(key: string, value: number): Promise<void> {
  const event = {
    specversion: '1.0',
    id: key,
    source: '/test',
    type: 't',
    data: JSON.parse(row(key, value)),
  };
  await millrace.pubsub.topic('events-raw').publishMessage({
    data: Buffer.from(JSON.stringify(event)),
    attributes: { 'content-type': 'application/cloudevents+json', pipeline: 'items' },
  });
  await millrace.suite.eventarc.idle();
}

const found = async (collection: string, key: string) =>
  (await millrace.firestore.collection(collection).where('key', '==', key).get()).docs;

describe.concurrent('a repetition', () => {
  it.each(['done', 'failed'])('of an upload that is %s reads nothing again', async state => {
    const id = await millrace.upload(`items/${state}.ndjson`, row(state, 1));
    await millrace.settled(id);
    const document = millrace.firestore.doc(`uploads/${id}`);
    await document.update({ state });
    const before = (await document.get()).updateTime;
    await announce(`items/${state}.ndjson`, (await document.get()).get('generation'));
    expect((await document.get()).updateTime).toEqual(before);
  });

  it("of an alert's event raises no second one, unless the first was deleted", async () => {
    await publish('loud', 2000);
    const [alert] = await found('alerts', 'loud');
    await publish('loud', 2000);
    expect((await found('alerts', 'loud')).map(one => one.updateTime)).toEqual([alert!.updateTime]);
    await alert!.ref.delete();
    await publish('loud', 2000);
    expect((await found('alerts', 'loud')).map(one => one.id)).toEqual([alert!.id]);
  });

  it('of a live event shows it once', async () => {
    await publish('live', 1);
    const [shown] = await found('live/items/liveEvents', 'live');
    await publish('live', 1);
    expect((await found('live/items/liveEvents', 'live')).map(one => one.updateTime)).toEqual([
      shown!.updateTime,
    ]);
    expect(shown!.get('expireAt').toMillis() - shown!.get('at').toMillis()).toBe(3600_000);
  });

  it('of an alert that concerned nobody tells who has subscribed since', async () => {
    await publish('unheard', 2000);
    const [alert] = await found('alerts', 'unheard');
    await millrace.firestore.doc('subscriptions/late').set({ uid: 'late', pipeline: 'items' });
    const event = {
      type: 'google.cloud.firestore.document.v1.written',
      source: `//firestore.googleapis.com/projects/${PROJECT}/databases/(default)`,
      ...{ database: '(default)', namespace: '(default)', document: alert!.ref.path },
    };
    await send(event, 'notify-on-alert');
    const { docs } = await millrace.firestore.collection('inbox/late/messages').get();
    expect(docs.filter(message => message.get('alert') === alert!.id)).toHaveLength(1);
  });
});

describe('an upload', () => {
  it('whose object is gone before it is read is failed, and says so', async () => {
    await announce('items/gone.ndjson', '17');
    const { docs } = await millrace.firestore
      .collection('uploads')
      .where('name', '==', 'items/gone.ndjson')
      .get();
    expect(docs[0]!.data()).toMatchObject({
      state: 'failed',
      error: { reason: expect.stringContaining('deleted or replaced') },
    });
    expect(await millrace.deadLettersOf(docs[0]!.id)).toHaveLength(1);
  });
});

describe('notify', () => {
  it('tells of an alert as it stands then', async () => {
    await millrace.firestore.doc('subscriptions/slow').set({ uid: 'slow', pipeline: 'other' });
    const { faults } = millrace.suite.eventarc;
    faults.set({
      seed: 1,
      attempts: 1,
      triggers: { 'notify-on-alert': { delay: { percent: 100, min: 300, max: 300 } } },
    });
    const alert = millrace.firestore.doc('alerts/rising');
    await alert.set({
      ...{ pipeline: 'other', rule: 'r', title: 't', key: 'k', severity: 'info', time: new Date() },
    });
    await alert.update({ severity: 'warning', escalatedAt: new Date() });
    await alert.update({ severity: 'critical' });
    await sleep(300);
    await millrace.suite.eventarc.idle();
    faults.set(undefined);
    const messages = await millrace.firestore.collection('inbox/slow/messages').get();
    expect(messages.docs.map(message => message.get('severity'))).toEqual(['critical']);
  });
});

describe('the memory', () => {
  it('of places among an upload’s dead letters is kept for 30 days', async () => {
    const id = await millrace.upload('items/bad.ndjson', '{"at"');
    await millrace.settled(id);
    const quota = await millrace.firestore.doc(`_millrace/dead-letter/rejectQuotas/${id}`).get();
    const expireAt = quota.get('expireAt').toMillis() as number;
    expect(Math.round((expireAt - Date.now()) / DAY_MS)).toBe(30);
  });
});
