import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCATION, PROJECT } from '../emulators/suite-address.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const SIZE = 2000;
/** Nothing else but the timers may show anything: the minutely schedule fires every thousand minutes. */
const NO_SCHEDULE = 0.001;
const QUEUE = `projects/${PROJECT}/locations/${LOCATION}/queues/window-ends`;

const PIPELINE = `
description: Windows of two seconds
schema:
  type: object
  required: [at, key]
  properties: { at: { type: integer }, key: { type: string } }
time: { field: at }
key: key
windows:
  brief: { size: 2s, lateness: 1h }
feed: { sample: 0, entities: false }
`;

const HEAD = PIPELINE.slice(0, PIPELINE.indexOf('windows:')).trimStart();
const KEYED: Readonly<Record<string, string>> = {
  ever: `${HEAD}windows: { all: { global: true, early: { every: 2s } }, some: { global: true, lanes: 1, early: { count: 4 } } }\n`,
  beats: `${HEAD}alerts: { offline: { silent-for: 2s, title: "{key}" } }\n`,
  asks: `${HEAD}feed: { sample: 0 }\n`,
  answers: `${HEAD}feed: { sample: 0 }\n`,
  pairs: `description: Asks with their answers
schema: { type: object }
interval-join: { left: asks, right: answers, after: 1s, lateness: 0s, unmatched: keep }
time: { field: time }
key: key
feed: { sample: 100 }
`,
};

let pipelines: string;
let unscheduled: TestSuite;
beforeAll(async () => {
  pipelines = mkdtempSync(join(tmpdir(), 'timers-flow-'));
  for (const name of ['steady', 'quiet'])
    writeFileSync(join(pipelines, `${name}.yaml`), PIPELINE.trimStart());
  for (const [name, text] of Object.entries(KEYED)) writeFileSync(join(pipelines, `${name}.yaml`), text);
  unscheduled = await start(NO_SCHEDULE);
});
afterAll(async () => {
  await unscheduled[Symbol.asyncDispose]();
  rmSync(pipelines, { recursive: true });
});

const sleep = (ms: number) => new Promise(done => setTimeout(done, ms));

async function start(timeScale: number): Promise<TestSuite> {
  const suite = await startTestSuite({ pipelines, timeScale });
  await suite.suite.functions.ready();
  return suite;
}

function tasksClient({ suite }: TestSuite): CloudTasksClient {
  const port = Number(suite.environment['CLOUD_TASKS_EMULATOR_HOST']!.split(':').at(-1));
  const sslCreds = credentials.createInsecure();
  return new CloudTasksClient({ projectId: PROJECT, apiEndpoint: '127.0.0.1', port, sslCreds });
}

const send = ({ pubsub }: TestSuite, pipeline: string, key = 'k'): Promise<unknown> =>
  pubsub.topic('events-raw').publishMessage({
    json: { at: Date.now(), key },
    attributes: { pipeline },
  });

/** Warms the steps up, so that what follows is not over before it is counted. @returns when the next window begins */
async function warm(suite: TestSuite): Promise<number> {
  await send(suite, 'steady');
  await suite.suite.eventarc.idle();
  return Math.ceil(Date.now() / SIZE) * SIZE;
}

/**
 * Sends an event every 200 ms until the next window is shown on time.
 * @returns how long after its end that was, ms
 */
async function sendUntilOnTime(suite: TestSuite): Promise<number> {
  const state = { shown: 0 };
  const start = await warm(suite);
  const end = start + SIZE;
  const path = `windows/steady/panes/brief~${new Date(start).toISOString()}`;
  const shown = new Promise<void>((done, fail) => {
    const stop = suite.firestore.doc(path).onSnapshot(pane => {
      if (pane.get('timing') !== 'onTime') return;
      state.shown = Date.now();
      stop();
      done();
    }, fail);
  });
  while (state.shown === 0 && Date.now() < end + 8000) {
    await send(suite, 'steady');
    await Promise.race([sleep(200), shown]);
  }
  expect(state.shown, 'the window was never on time').toBeGreaterThan(0);
  return state.shown - end;
}

describe('a timer of a key', () => {
  it('by the clock fires when it is due, by its task alone', { timeout: 40_000 }, async () => {
    const shown = new Promise<FirebaseFirestore.QueryDocumentSnapshot>((done, fail) => {
      const stop = unscheduled.firestore.collection('alerts').onSnapshot(({ docs: [alert] }) => {
        if (!alert) return;
        stop();
        done(alert);
      }, fail);
    });
    await send(unscheduled, 'beats');
    const alert = await shown;
    const after = Date.now() - alert.get('openedAt').toMillis();
    console.log(`a silence of 2 s was told ${after} ms after it`);
    // A twentieth of the silence is the rule's own, see functions/detect/silence.ts.
    expect(after).toBeGreaterThanOrEqual(100);
    expect(after).toBeLessThan(4000);
  });

  it('by the time of its events fires when both sides have passed it, by its task alone', {
    timeout: 40_000,
  }, async () => {
    const told = unscheduled.firestore.collection('live/pairs/liveEvents').where('key', '==', 'alone');
    await send(unscheduled, 'asks', 'alone');
    const sent = Date.now();
    let found = await told.get();
    while (found.empty && Date.now() < sent + 15_000) {
      await Promise.all(['asks', 'answers'].map(side => send(unscheduled, side, 'z')));
      await sleep(200);
      found = await told.get();
    }
    console.log(`an unmatched event was told ${Date.now() - sent} ms after it came, its interval being 1 s`);
    expect(found.docs.map(one => one.get('data.answers'))).toEqual([null]);
  });
});

describe('a window of live events', () => {
  it('is on time a moment after its end by its timer alone', { timeout: 40_000 }, async () => {
    const after = await sendUntilOnTime(unscheduled);
    expect(after).toBeGreaterThanOrEqual(1000);
    expect(after).toBeLessThan(6000);
    const said = unscheduled.log.map(({ severity }) => severity);
    expect(said.filter(severity => severity === 'WARNING' || severity === 'ERROR')).toEqual([]);
  });

  it('whose sources fall silent gets one timer more, for when their silence counts', {
    timeout: 40_000,
  }, async () => {
    const suite = unscheduled;
    const client = tasksClient(suite);
    await sleep((await warm(suite)) - Date.now() + 50);
    const sent = Date.now();
    await send(suite, 'quiet');
    const waiting = async () => {
      const [tasks] = await client.listTasks({ parent: QUEUE });
      const found = tasks.find(({ name }) => /-quiet-.*-silence$/.test(name ?? ''));
      return found && Number(found.scheduleTime?.seconds) * 1000;
    };
    let at = await waiting();
    while (at === undefined && Date.now() < sent + 10_000) {
      await sleep(100);
      at = await waiting();
    }
    await client.close();
    // After 120 s without an event, and then for as long as the window's end lies behind its last event.
    expect(at! - sent).toBeGreaterThan(118_000);
    expect(at! - sent).toBeLessThan(130_000);
    const { docs } = await suite.firestore.collection('windows/quiet/panes').get();
    expect(docs.map(pane => [pane.get('timing'), pane.get('count')])).toEqual([['early', 1]]);
  });

  it('is shown early by its timers alone: as time goes by, and once enough events wait', {
    timeout: 40_000,
  }, async () => {
    const { firestore } = unscheduled;
    const counts = async (): Promise<Record<string, unknown>> => {
      const { docs } = await firestore.collection('windows/ever/panes').get();
      return Object.fromEntries(docs.map(pane => [pane.get('window'), pane.get('count')]));
    };
    await send(unscheduled, 'ever');
    await expect.poll(counts, { timeout: 10_000, interval: 100 }).toMatchObject({ all: 1 });
    expect(await counts()).not.toHaveProperty('some');
    // A lane asks once half as many wait: with those under way there are never more.
    await send(unscheduled, 'ever');
    await expect.poll(counts, { timeout: 10_000, interval: 100 }).toEqual({ all: 2, some: 2 });
  });

  it('is on time by the schedule where no timer can be set', { timeout: 40_000 }, async () => {
    await using suite = await start(60);
    const client = tasksClient(suite);
    await client.deleteQueue({ name: QUEUE });
    await client.close();
    await sendUntilOnTime(suite);
    const warnings = suite.log.filter(({ severity }) => severity === 'WARNING');
    expect(warnings.map(({ message }) => message)).toEqual([
      'Windows close by the schedule alone: no timer could be set',
    ]);
  });
});
