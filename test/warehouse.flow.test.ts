import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { type OwnRoot, ownRoot } from './support/root.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const VISITS = `
description: Visits of pages
schema:
  type: object
  required: [at, page]
  properties:
    at: { type: string }
    page: { type: string }
    seconds: { type: number }
    tags: { type: array, items: { type: string } }
time: { field: at }
key: page
warehouse: true
`;

let own: OwnRoot;
let millrace: TestSuite;
let bigquery: BigQuery;
beforeAll(async () => {
  own = ownRoot('', { 'visits.yaml': VISITS });
  millrace = await startTestSuite({
    root: own.root,
    pipelines: own.pipelines,
    faults: { seed: 1, attempts: 1, triggers: { 'warehouse-on-events': { duplicate: 100 } } },
  });
  bigquery = await createBigQuery(PROJECT);
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  own[Symbol.dispose]();
});

const table = () => bigquery.dataset('millrace').table('events_visits_raw');
async function rows(): Promise<Record<string, unknown>[]> {
  await millrace.suite.eventarc.idle();
  const [found] = await table().getRows();
  return found as Record<string, unknown>[];
}
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) =>
    JSON.stringify({
      at: '2026-01-01T00:00:00Z',
      page: `/${(from + n) % 7}`,
      seconds: from + n,
      tags: ['a'],
      other: n,
    }),
  ).join('\n');
const identities = (all: readonly Record<string, unknown>[]) =>
  new Set(all.map(row => `${row['event_source']} ${row['event_id']}`));

/** What a statement answers. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  await millrace.suite.eventarc.idle();
  const [found] = await bigquery.query(sql);
  return found as Record<string, unknown>[];
}

describe('a pipeline with a warehouse', () => {
  it('has one row for each event, whatever is delivered again', async () => {
    const upload = await millrace.upload('visits/a.ndjson', lines(0, 1200));
    await millrace.settled(upload);
    const all = await rows();
    expect(identities(all).size).toBe(1200);
    // Insert ids: the second delivery of each batch came within the minute.
    expect(all.length).toBe(1200);
    const [first] = all.filter(row => row['seconds'] === 0);
    expect(first).toMatchObject({ page: '/0', event_key: '/0', tags: ['a'], event_rest: '{"other":0}' });
    const [metadata] = await table().getMetadata();
    expect(metadata).toMatchObject({
      timePartitioning: { type: 'DAY', field: 'event_time' },
      clustering: { fields: ['event_key'] },
    });
  });

  it('shows each event once in its view, though insert ids are long forgotten', async () => {
    const [row] = (await rows()).filter(one => one['seconds'] === 7);
    const { event_time: time, ...rest } = row as { event_time: { value: string } };
    await table().insert([{ ...rest, event_time: time.value }]);
    expect((await rows()).length).toBe(1201);
    const [answer] = await query('SELECT COUNT(*) AS n, SUM(seconds) AS s FROM `millrace.events_visits`');
    expect(answer).toEqual({ n: 1200, s: (1199 * 1200) / 2 });
  });

  it('loses nothing while BigQuery refuses everything, nor when its table is deleted', async () => {
    millrace.suite.bigquery.fail(429);
    const upload = await millrace.upload('visits/b.ndjson', lines(1200, 1800));
    await new Promise(resolve => setTimeout(resolve, 500));
    millrace.suite.bigquery.fail(undefined);
    await millrace.settled(upload);
    expect(identities(await rows()).size).toBe(1800);
    await table().delete();
    const later = await millrace.upload('visits/c.ndjson', lines(1800, 2300));
    await millrace.settled(later);
    expect(identities(await rows()).size).toBe(500);
    expect((await millrace.firestore.collection('deadLetters').get()).size).toBe(0);
  });

  it('gives up a row that BigQuery refuses, alone', async () => {
    const [{ schema }] = await table().getMetadata();
    await table().delete();
    const narrow = (schema.fields as { name: string }[]).map(field =>
      field.name === 'page' ? { ...field, maxLength: '5' } : field,
    );
    await bigquery.dataset('millrace').createTable('events_visits_raw', { schema: { fields: narrow } });
    const long = '{"at":"2026-01-01T00:00:00Z","page":"/a-long-name"}';
    const upload = await millrace.upload('visits/d.ndjson', `${lines(0, 10)}\n${long}\n`);
    await millrace.settled(upload);
    expect(identities(await rows()).size).toBe(10);
    const [letter, ...others] = await millrace.deadLettersOf(upload);
    expect(letter).toMatchObject({
      step: 'warehouse',
      reason: expect.stringMatching(/^BigQuery refuses the event: page: /),
      excerpt: expect.stringContaining('/a-long-name'),
    });
    expect(others).toEqual([]);
  });

  it('gets the columns of a schema that has grown, while batches of the old one still come', async () => {
    const versionNow = (): string => millrace.suite.pipelines[0]!.version;
    const old = versionNow();
    const grown = VISITS.replace(
      '    seconds: { type: number }',
      '    seconds: { type: string }\n    browser: { type: string }',
    );
    writeFileSync(join(own.pipelines, 'visits.yaml'), grown);
    for (let end = Date.now() + 10_000; versionNow() === old && Date.now() < end; )
      await new Promise(next => setTimeout(next, 50));
    const send = (id: string, version: string, data: object) =>
      millrace.pubsub.topic('events-raw').publishMessage({
        json: {
          specversion: '1.0',
          id,
          source: '/test',
          type: 't',
          data: { at: '2026-01-02T00:00:00Z', page: '/', ...data },
        },
        attributes: { 'content-type': 'application/cloudevents+json', pipeline: 'visits', version },
      });
    await Promise.all([
      send('old-1', old, { seconds: 1 }),
      send('new', versionNow(), { seconds: 'many', browser: 'lynx' }),
      send('old-2', old, { seconds: 2, browser: 'unknown' }),
    ]);
    const found = (await rows()).filter(row => row['event_source'] === '/test');
    const shown = found.map(row => [row['event_id'], row['seconds'], row['browser'], row['event_rest']]);
    expect(shown.sort()).toEqual([
      // The column of seconds keeps its type: what does not fit it now is beside it.
      ['new', null, 'lynx', '{"seconds":"many"}'],
      ['old-1', 1, null, null],
      ['old-2', 2, null, '{"browser":"unknown"}'],
    ]);
  });
});
