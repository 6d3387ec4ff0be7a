import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const QUAKES = readFileSync(join(ROOT, 'node_modules/vega-datasets/data/earthquakes.json'));
const EVENTS = 1707;

let folder: string;
let millrace: TestSuite;
beforeAll(async () => {
  // The quakes as they are, and once more without their identity.
  folder = mkdtempSync(join(tmpdir(), 'millrace-once-'));
  cpSync(join(ROOT, 'pipelines/reference'), join(folder, 'reference'), { recursive: true });
  const quakes = readFileSync(join(ROOT, 'pipelines/quakes.yaml'), 'utf8');
  writeFileSync(join(folder, 'quakes.yaml'), quakes);
  writeFileSync(join(folder, 'nameless.yaml'), quakes.replace(/^(id|horizon):.*\n/gm, ''));
  millrace = await startTestSuite({ pipelines: folder });
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function uploadTwice(pipeline: string): Promise<Record<string, unknown>> {
  await millrace.settled(await millrace.upload(`${pipeline}/week.json`, QUAKES));
  return millrace.settled(await millrace.upload(`${pipeline}/week-again.json`, QUAKES));
}

async function counted(pipeline: string): Promise<{ events: number; timings: string[] }> {
  const { docs } = await millrace.firestore
    .collection(`windows/${pipeline}/panes`)
    .select('count', 'timing')
    .get();
  return {
    events: docs.reduce((sum, pane) => sum + Number(pane.get('count')), 0),
    timings: [...new Set(docs.map(pane => String(pane.get('timing'))))],
  };
}

describe('the same file uploaded twice', () => {
  it('counts once where the pipeline declares an id and a horizon', { timeout: 60_000 }, async () => {
    expect(await uploadTwice('quakes')).toMatchObject({
      state: 'done',
      counts: { repeated: EVENTS, accepted: 0 },
    });
    expect(await counted('quakes')).toEqual({ events: EVENTS, timings: ['onTime'] });
    expect(
      (await millrace.firestore.collection('alerts').where('pipeline', '==', 'quakes').count().get()).data()
        .count,
    ).toBe(39);
  });

  it('counts twice without, the second time in update panes', { timeout: 60_000 }, async () => {
    expect(await uploadTwice('nameless')).toMatchObject({
      state: 'done',
      counts: { repeated: 0, accepted: EVENTS },
    });
    expect(await counted('nameless')).toEqual({ events: 2 * EVENTS, timings: ['late'] });
  });

  it('is one event at most, also when it comes as a message and in the file at once', {
    timeout: 60_000,
  }, async () => {
    const feature = {
      id: 'once',
      properties: { mag: 1, time: 1_700_000_000_000, net: 'ak' },
      geometry: { coordinates: [0, 0, 1] },
    };
    const data = Buffer.from(JSON.stringify(feature));
    const messages = Array.from({ length: 5 }, () =>
      millrace.pubsub.topic('events-raw').publishMessage({ data, attributes: { pipeline: 'quakes' } }),
    );
    const id = await millrace.upload('quakes/once.ndjson', data);
    await Promise.all(messages);
    await millrace.settled(id);
    const pane = millrace.firestore.doc('windows/quakes/panes/hourly~2023-11-14T22:00:00.000Z');
    await expect.poll(async () => (await pane.get()).get('count'), { timeout: 15_000 }).toBe(1);
  });
});
