import type { BigQuery } from '@google-cloud/bigquery';
import { GeoPoint, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfill } from '../cli/backfill/backfill.ts';
import type { Plan } from '../cli/backfill/plan.ts';
import { PROJECT } from '../emulators/suite-address.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { fieldsOfClient } from '../shared/mirrors/client-values.ts';
import { jsonOf } from '../shared/mirrors/json.ts';
import { OUTAGE_SECONDS, outage, outageOptions } from './support/outage.ts';
import { type OwnRoot, ownRoot } from './support/root.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const WRITTEN = 'google.cloud.firestore.document.v1.written';
const TRIGGERS = `
mirror-orders: { step: mirror, event: ${WRITTEN}, where: { document: "orders/{order}" } }
mirror-items: { step: mirror, event: ${WRITTEN}, where: { document: "items/{item}" } }
mirror-messages: { step: mirror, event: ${WRITTEN}, where: { document: "{parent=**}/messages/{message}" } }
`;
const TYPED = {
  fields: [
    { name: 'item', type: 'string' },
    { name: 'count', type: 'number' },
    { name: 'paid', type: 'boolean' },
    { name: 'at', type: 'timestamp' },
    { name: 'place', type: 'geopoint' },
    { name: 'customer', type: 'reference' },
    { name: 'tags', type: 'array' },
    {
      name: 'address',
      type: 'map',
      fields: [
        { name: 'city', type: 'string' },
        { name: 'post code', type: 'string', column_name: 'zip' },
      ],
    },
  ],
};
const FILES = {
  'mirrors/schemas/typed.json': JSON.stringify(TYPED),
  'mirrors/orders.yaml':
    'collection_path: orders\ntable_id: orders\nexclude_old_data: true\nschemas: [typed]\n',
  'mirrors/copy.yaml': 'collection_path: orders\ntable_id: copy\ntable_partitioning: NONE\n',
  'mirrors/items.yaml': 'collection_path: items\ntable_id: items\n',
  'visits.yaml': `
description: Visits of pages
schema: { type: object, required: [at, page], properties: { at: { type: string }, page: { type: string } } }
time: { field: at }
key: page
warehouse: true
`,
  'mirrors/messages.yaml':
    'collection_path: messages\nuse_collection_group_query: true\ntable_id: messages\n',
  'mirrors/room.yaml': 'collection_path: rooms/{room}/messages\ntable_id: room\nwildcard_ids: true\n',
};

interface Row {
  readonly event_id: string;
  readonly document_name: string;
  readonly document_id: string;
  readonly operation: string;
  readonly data: string | null;
  readonly old_data?: string | null;
  readonly path_params?: string | null;
}

let own: OwnRoot;
let millrace: TestSuite;
let bigquery: BigQuery;
beforeAll(async () => {
  own = ownRoot(TRIGGERS, FILES);
  millrace = await startTestSuite({
    root: own.root,
    pipelines: own.pipelines,
    ...outageOptions,
    faults: {
      seed: 7,
      attempts: 2,
      triggers: {
        'mirror-orders': {
          duplicate: 30,
          reorder: { percent: 40, messages: 20 },
          dropAck: 10,
          answer: { 500: 5 },
        },
      },
    },
  });
  bigquery = await createBigQuery(PROJECT);
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  own[Symbol.dispose]();
});

const tableOf = (name: string) => bigquery.dataset('firestore_export').table(name);

/** Each change once, as the view has it, in the order of the commits. */
async function changesOf(table: string, id?: string): Promise<Row[]> {
  await millrace.suite.eventarc.idle();
  const query = `SELECT * FROM \`firestore_export.${table}_changelog\` ORDER BY timestamp`;
  const [rows] = await bigquery.query(query);
  return (rows as Row[]).filter(row => id === undefined || row.document_id === id);
}

describe(`while BigQuery refuses everything for ${OUTAGE_SECONDS} s`, () => {
  let sent = 0;
  /** An event by itself, and a new document. */
  async function send(): Promise<void> {
    const id = String(sent++);
    const data = { at: '2026-01-01T00:00:00Z', page: `/${id}` };
    await Promise.all([
      millrace.pubsub.topic('events-raw').publishMessage({
        json: { specversion: '1.0', id, source: '/test', type: 't', data },
        attributes: { 'content-type': 'application/cloudevents+json', pipeline: 'visits' },
      }),
      millrace.firestore.doc(`items/${id}`).set({ id }),
    ]);
  }

  it.each([429, 503] as const)(
    'with %d, every event and change waits, is tried again further and further apart, and comes once',
    { timeout: 60_000 + OUTAGE_SECONDS * 5000 },
    async code => {
      // Their tables are there before.
      await send();
      await millrace.suite.eventarc.idle();
      const threeOfEach = async (): Promise<number> => {
        await Promise.all([send(), send(), send()]);
        return 3;
      };
      const triggers = ['warehouse-on-events', 'mirror-items'];
      for (const told of await outage(millrace, code, triggers, threeOfEach)) {
        // What the client tries by itself is over long before.
        expect(told.failed).toBeGreaterThan(0);
        expect(told.failed).toBeLessThanOrEqual(told.mostFailed);
      }

      for (const name of [
        'millrace.events_visits',
        'firestore_export.items_changelog',
        'firestore_export.items_raw_latest',
      ]) {
        const [answer] = await bigquery.query(`SELECT COUNT(*) AS n FROM \`${name}\``);
        expect([name, answer]).toEqual([name, [{ n: sent }]]);
      }
      expect((await millrace.firestore.collection('deadLetters').get()).size).toBe(0);
    },
  );
});

describe('a mirrored collection', () => {
  it('has a row for every change of a document, in two mirrors', async () => {
    const order = millrace.firestore.doc('orders/a');
    await order.set({ item: 'tea', count: 1 });
    await order.update({ count: 2 });
    await order.delete();
    const told = (await changesOf('orders', 'a')).map(({ operation, data }) => [operation, data]);
    expect(told).toEqual([
      ['CREATE', '{"count":1,"item":"tea"}'],
      ['UPDATE', '{"count":2,"item":"tea"}'],
      ['DELETE', null],
    ]);
    const copied = await changesOf('copy', 'a');
    expect(copied.map(row => row.old_data)).toEqual([
      null,
      '{"count":1,"item":"tea"}',
      '{"count":2,"item":"tea"}',
    ]);
    expect((await changesOf('orders', 'a'))[0]).not.toHaveProperty('old_data');
  });

  it('has views with the columns of its schemas', async () => {
    await millrace.firestore.doc('orders/typed').set({
      item: 'tea',
      count: 3,
      paid: true,
      at: new Timestamp(1_700_000_000, 123_456_000),
      place: new GeoPoint(48.2, 16.4),
      customer: millrace.firestore.doc('people/ada'),
      tags: ['a', 1],
      address: { city: 'Wien', 'post code': '1010' },
    });
    await millrace.suite.eventarc.idle();
    const [rows] = await bigquery.query(
      "SELECT * FROM `firestore_export.orders_schema_typed_latest` WHERE document_id = 'typed'",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      item: 'tea',
      count: 3,
      paid: true,
      place_latitude: 48.2,
      place_longitude: 16.4,
      customer: 'people/ada',
      tags: ['"a"', '1'],
      address_city: 'Wien',
      address_zip: '1010',
    });
    expect(rows[0].at.value).toContain('2023-11-14T22:13:20.123456');
    await millrace.firestore.doc('orders/typed').delete();
  });

  it('may be a group, or wanted below certain documents', async () => {
    const text = { text: 'hello' };
    await millrace.firestore.doc('rooms/kitchen/messages/1').set(text);
    await millrace.firestore.doc('messages/2').set(text);
    await millrace.firestore.doc('rooms/hall/people/p/messages/3 ').set(text);
    expect((await changesOf('messages')).map(row => row.document_id).sort()).toEqual(['1', '2', '3 ']);
    const [row, ...others] = await changesOf('room');
    expect([row?.document_id, row?.path_params, others]).toEqual(['1', '{"room":"kitchen"}', []]);
  });

  it('has documents of a megabyte, which no event brings', async () => {
    const large = millrace.firestore.doc('orders/large');
    const text = 'ä'.repeat(480_000);
    await large.set({ text });
    // What is fetched is the document as it stands then.
    await millrace.suite.eventarc.idle();
    await large.set({ text, again: true });
    const rows = await changesOf('orders', 'large');
    expect(rows.map(({ operation }) => operation).sort()).toEqual(['CREATE', 'UPDATE']);
    expect(JSON.parse(rows.at(-1)!.data!)).toEqual({ text, again: true });
  });

  it('loses nothing while BigQuery refuses everything, nor when its table is deleted', async () => {
    const write = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, n) =>
          millrace.firestore.doc(`orders/storm-${from + n}`).set({ n: from + n }),
        ),
      );
    await write(0, 20);
    await millrace.suite.eventarc.idle();
    millrace.suite.bigquery.fail(503);
    await write(20, 40);
    await new Promise(resolve => setTimeout(resolve, 500));
    millrace.suite.bigquery.fail(undefined);
    await millrace.suite.eventarc.idle();
    const all = (await changesOf('orders')).filter(row => row.document_id.startsWith('storm-'));
    expect(all).toHaveLength(40);
    await tableOf('orders_raw_changelog').delete();
    await write(40, 60);
    const after = (await changesOf('orders')).map(row => row.document_id);
    expect(after).toEqual(expect.arrayContaining(Array.from({ length: 20 }, (_, n) => `storm-${n + 40}`)));
    const { docs } = await millrace.firestore.collection('deadLetters').get();
    expect(docs.map(letter => letter.get('reason'))).toEqual([]);
  });

  it('shows a storm of writes on one document in order, none left out', async () => {
    const hot = millrace.firestore.doc('orders/hot');
    for (let n = 0; n < 40; n++) await hot.set({ n });
    const rows = await changesOf('orders', 'hot');
    expect(rows.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, (_, n) => `{"n":${n}}`));
  });

  it('has in its latest table the documents as they are, after writes, deletes and copies in any order', async () => {
    const orders = millrace.firestore.collection('orders');
    const ids = Array.from({ length: 12 }, (_, n) => `many-${n}`);
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        ids.map((id, n) =>
          (round + n) % 5 === 4 ? orders.doc(id).delete() : orders.doc(id).set({ round, n }),
        ),
      );
    }
    for (const table of ['orders', 'copy']) {
      const { docs } = await orders.get();
      const expected = docs.map(document => [document.id, jsonOf(fieldsOfClient(document.data()))]);
      const latest = await latestOf(table);
      // The first table of orders was deleted on the way: what was in it and has not changed since is gone.
      const found = table === 'copy' ? latest : latest.filter(([id]) => id.startsWith('many-'));
      const wanted = table === 'copy' ? expected : expected.filter(([id]) => id!.startsWith('many-'));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    }
  });
});

describe('a backfill', () => {
  const run = (options: { most?: number; dryRun?: boolean }, tell: (plan: Plan) => void = () => {}) =>
    backfill(
      { project: PROJECT, names: ['copy'], most: options.most, dryRun: options.dryRun ?? false },
      tell,
    );

  it('says what it will cost, and does nothing else', async () => {
    const { size } = await millrace.firestore.collection('orders').get();
    let plan: Plan | undefined;
    expect(await run({ dryRun: true }, told => (plan = told))).toEqual([]);
    expect(plan).toMatchObject({ documents: size, operations: { 'firestore.reads': size + 1 + 20 } });
    expect(plan!.usd).toBeGreaterThan(0);
  });

  it('brings back the documents of a table that was deleted, over a killed step, up to a cap and on from there', async () => {
    const { docs } = await millrace.firestore.collection('orders').get();
    await tableOf('copy_raw_latest').delete();
    const [capped] = await run({ most: 7 });
    expect(capped).toMatchObject({ imported: 7, capped: true, resumed: false });
    expect(await latestOf('copy')).toHaveLength(7);
    const rest = run({});
    millrace.suite.functions.kill('mirror');
    expect((await rest)[0]).toMatchObject({ imported: docs.length, capped: false, resumed: true });
    const expected = docs.map(document => [document.id, jsonOf(fieldsOfClient(document.data()))]);
    expect(Object.fromEntries(await latestOf('copy'))).toEqual(Object.fromEntries(expected));
    const imported = (await changesOf('copy')).filter(({ operation }) => operation === 'IMPORT');
    expect(imported).toHaveLength(docs.length);
  });

  it('does not put an older state in the place of a newer one', async () => {
    const order = millrace.firestore.doc('orders/a');
    await order.set({ item: 'coffee' });
    await millrace.suite.eventarc.idle();
    await run({});
    await order.delete();
    expect((await latestOf('copy')).map(([id]) => id)).not.toContain('a');
  });
});

/** Documents by their id. */
async function latestOf(table: string): Promise<[string, string][]> {
  await millrace.suite.eventarc.idle();
  const [rows] = await tableOf(`${table}_raw_latest`).getRows();
  return (rows as Row[]).map(row => [row.document_id, row.data!]);
}
