import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { type OwnRoot, ownRoot } from './support/root.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const WRITTEN = 'google.cloud.firestore.document.v1.written';
const TRIGGERS = `
mirror-orders: { step: mirror, event: ${WRITTEN}, where: { document: "orders/{order}" } }
mirror-messages: { step: mirror, event: ${WRITTEN}, where: { document: "{parent=**}/messages/{message}" } }
`;
const FILES = {
  'mirrors/orders.yaml': 'collection_path: orders\ntable_id: orders\nexclude_old_data: true\n',
  'mirrors/copy.yaml': 'collection_path: orders\ntable_id: copy\ntable_partitioning: NONE\n',
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
  const [rows] = await tableOf(`${table}_raw_changelog`).getRows();
  const once = new Map((rows as (Row & { timestamp: { value: string } })[]).map(row => [row.event_id, row]));
  return [...once.values()]
    .filter(row => id === undefined || row.document_id === id)
    .sort((a, b) => (a.timestamp.value < b.timestamp.value ? -1 : 1));
}

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
    expect(after.sort()).toEqual(Array.from({ length: 20 }, (_, n) => `storm-${n + 40}`).sort());
    const { docs } = await millrace.firestore.collection('deadLetters').get();
    expect(docs.map(letter => letter.get('reason'))).toEqual([]);
  });

  it('shows a storm of writes on one document in order, none left out', async () => {
    const hot = millrace.firestore.doc('orders/hot');
    for (let n = 0; n < 100; n++) await hot.set({ n });
    const rows = await changesOf('orders', 'hot');
    expect(rows.map(({ data }) => data)).toEqual(Array.from({ length: 100 }, (_, n) => `{"n":${n}}`));
  });

  it('has in its latest table the documents as they are, after writes, deletes and copies in any order', async () => {
    const orders = millrace.firestore.collection('orders');
    const ids = Array.from({ length: 12 }, (_, n) => `many-${n}`);
    for (let round = 0; round < 8; round++) {
      await Promise.all(
        ids.map((id, n) =>
          (round + n) % 5 === 4 ? orders.doc(id).delete() : orders.doc(id).set({ round, n }),
        ),
      );
    }
    for (const table of ['orders', 'copy']) {
      const { docs } = await orders.get();
      const expected = docs.map(document => [document.id, JSON.stringify(sorted(document.data()))]);
      const latest = await latestOf(table);
      // The first table of orders was deleted on the way: what was in it and has not changed since is gone.
      const found = table === 'copy' ? latest : latest.filter(([id]) => id.startsWith('many-'));
      const wanted = table === 'copy' ? expected : expected.filter(([id]) => id!.startsWith('many-'));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    }
  });
});

const sorted = (data: object): object =>
  Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Documents by their id. */
async function latestOf(table: string): Promise<[string, string][]> {
  await millrace.suite.eventarc.idle();
  const [rows] = await tableOf(`${table}_raw_latest`).getRows();
  return (rows as Row[]).map(row => [row.document_id, row.data!]);
}
