import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { CloudEvent } from '../../shared/events/cloudevent.ts';
import { type DocumentChange, documentEvent } from '../../shared/events/firestore.ts';
import type { FirestoreDocument } from '../../shared/events/firestore-codec.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import { changelogRow, insertIdOf, sequenceOf } from '../../shared/mirrors/rows.ts';
import { latestOf, upsertOf } from './latest.ts';
import { changeOf, documentOf, type Fetched } from './mirror.ts';

const NAME = 'projects/p/databases/(default)/documents/items/';
const WRITTEN = 'google.cloud.firestore.document.v1.written';
const mirror: Mirror = {
  name: 'items',
  collection: 'items',
  group: false,
  dataset: 'd',
  table: 'items',
  oldData: true,
  pathParams: false,
  clustering: [],
  schemas: [],
};

/** @param time microseconds */
function documentAt(id: string, content: string, time: number): FirestoreDocument {
  const updateTime = { seconds: String(Math.floor(time / 1e6)), nanos: (time % 1e6) * 1000 };
  return {
    name: NAME + id,
    fields: { content: { stringValue: content } },
    createTime: updateTime,
    updateTime,
  };
}

function eventOf(id: string, change: DocumentChange): CloudEvent<unknown> {
  return documentEvent(id, WRITTEN, change, 'nam5');
}

const nothing = (): Promise<Fetched> => Promise.reject(new Error('Nothing is to be fetched'));

describe('the change that an event tells of', () => {
  const [before, after] = [documentAt('a', 'old', 1_000_000), documentAt('a', 'new', 2_000_001)];

  it('is a creation, with no document before', async () => {
    expect(await changeOf(eventOf('e', { before: undefined, after, time: 2000 }), nothing)).toEqual({
      name: `${NAME}a`,
      eventId: 'e',
      operation: 'CREATE',
      time: 2_000_001,
      stateTime: 2_000_001,
      data: '{"content":"new"}',
      oldData: undefined,
    });
  });

  it('is an update, with the document before', async () => {
    const change = await changeOf(eventOf('e', { before, after, time: 2000 }), nothing);
    expect(change).toMatchObject({
      operation: 'UPDATE',
      data: '{"content":"new"}',
      oldData: '{"content":"old"}',
    });
  });

  it('is a delete later than what it deleted, though its time is cut', async () => {
    const late = documentAt('a', 'old', 1_000_999);
    const change = await changeOf(eventOf('e', { before: late, after: undefined, time: 1000 }), nothing);
    expect(change).toMatchObject({ operation: 'DELETE', stateTime: 1_001_000, data: undefined });
  });

  it('fetches the document of an event that is too large to bring it', async () => {
    const { data: _, ...event } = eventOf('e', { before, after, time: 2000 });
    const fields = { content: { stringValue: 'now' } };
    const fetched = await changeOf(event, name =>
      name === `${NAME}a` ? Promise.resolve({ fields, time: 3_000_000, created: false }) : nothing(),
    );
    // The changelog has the time of the event, which is the same at each delivery.
    expect(fetched).toMatchObject({
      operation: 'UPDATE',
      time: 2_000_000,
      stateTime: 3_000_000,
      data: '{"content":"now"}',
    });
    const gone = { fields: undefined, time: 3_000_000, created: false };
    expect(await changeOf(event, () => Promise.resolve(gone))).toMatchObject({
      operation: 'DELETE',
      data: undefined,
    });
  });

  it('cannot be told by bytes that are no protobuf, nor by an event of something else', async () => {
    const event = eventOf('e', { before, after, time: 2000 });
    await expect(changeOf({ ...event, data: Buffer.from('no') }, nothing)).rejects.toThrow(PermanentError);
    expect(() => documentOf({ ...event, source: '/other' })).toThrow(/tells of no document/);
  });
});

/** BigQuery's change data capture, by its documentation: the row of the highest sequence number, deletes included. */
class LatestModel {
  readonly #rows = new Map<string, { readonly sequence: string; readonly data: string | undefined }>();

  apply(change: Parameters<typeof upsertOf>[1]): void {
    const { type, sequence, row } = upsertOf(mirror, change);
    const name = String(row['document_name']);
    const known = this.#rows.get(name);
    if (known && !isHigher(sequence, known.sequence)) return;
    this.#rows.set(name, { sequence, data: type === 'DELETE' ? undefined : String(row['data']) });
  }

  content(): Record<string, string> {
    return Object.fromEntries(
      [...this.#rows].flatMap(([name, { data }]) => (data === undefined ? [] : [[name, data]])),
    );
  }
}

function isHigher(a: string, b: string): boolean {
  const [one, other] = [a, b].map(text => text.split('/').map(part => Number.parseInt(part, 16)));
  return one![0] !== other![0] ? one![0]! > other![0]! : one![1]! >= other![1]!;
}

describe('a mirror', () => {
  const write = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    content: fc.option(fc.constantFrom('x', 'y', 'z')),
    /** Microseconds since the last write: several fall into one millisecond. */
    pause: fc.integer({ min: 1, max: 900 }),
    copies: fc.integer({ min: 1, max: 3 }),
    tooLarge: fc.boolean(),
    /** Where a delivery dies: after the changelog's insert, before the latest table's. */
    dies: fc.boolean(),
  });
  const history = fc.record({
    writes: fc.array(write, { maxLength: 30 }),
    order: fc.infiniteStream(fc.nat()),
    groups: fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
    imports: fc.array(fc.nat(30), { maxLength: 4 }),
  });

  it('any history of writes, deliveries, duplicates and crashes leaves latest = collection', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ writes, order, groups, imports }) => {
        let now = 1_700_000_000_000_000;
        const collection = new Map<string, FirestoreDocument>();
        const deliveries: { readonly event: CloudEvent<unknown>; readonly dies: boolean }[] = [];
        const changelog = new Map<string, string>();
        const latest = new LatestModel();
        const commits: string[] = [];
        const fetch = (name: string): Promise<Fetched> => {
          const found = collection.get(name);
          const { seconds = '0', nanos = 0 } = found?.updateTime ?? {};
          const time = found ? Number(seconds) * 1e6 + nanos / 1000 : now;
          return Promise.resolve({ fields: found?.fields, time, created: false });
        };
        for (const [at, { id, content, pause, copies, tooLarge, dies }] of writes.entries()) {
          now += pause;
          const before = collection.get(NAME + id);
          const after = content === null ? undefined : documentAt(id, content, now);
          if (!before && !after) continue;
          if (after) collection.set(NAME + id, after);
          else collection.delete(NAME + id);
          const event = eventOf(`e${at}`, { before, after, time: Math.floor(now / 1000) });
          commits.push(event.id);
          const { data: _, ...light } = event;
          for (let copy = 0; copy < copies; copy++)
            deliveries.push({ event: tooLarge ? light : event, dies: dies && copy === 0 });
          // The delivery that died comes again.
          if (dies) deliveries.push({ event: tooLarge ? light : event, dies: false });
          if (imports.includes(at)) await importAll(collection, latest);
        }
        const shuffled = deliveries
          .map(delivery => ({ delivery, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ delivery }) => delivery);
        while (shuffled.length > 0) {
          const group = shuffled.splice(0, groups.next().value as number);
          const changes = await Promise.all(group.map(({ event }) => changeOf(event, fetch)));
          for (const change of changes)
            changelog.set(insertIdOf(mirror, change), changelogRow(mirror, change).event_id);
          const alive = changes.filter((_, at) => !group[at]!.dies);
          for (const at of latestOf(alive)) latest.apply(alive[at]!);
        }
        const expected = [...collection].map(([name, { fields }]) => [
          name,
          JSON.stringify({ content: fields['content']!.stringValue }),
        ]);
        expect(latest.content()).toEqual(Object.fromEntries(expected));
        expect([...changelog.values()].sort()).toEqual(commits.sort());
      }),
      { numRuns: 300 },
    );
  });
});

/** A backfill reads the documents as they are, at any time. */
async function importAll(
  collection: ReadonlyMap<string, FirestoreDocument>,
  latest: LatestModel,
): Promise<void> {
  for (const [name, { fields, updateTime }] of collection) {
    const time = Number(updateTime!.seconds) * 1e6 + updateTime!.nanos / 1000;
    const data = JSON.stringify({ content: fields['content']!.stringValue });
    latest.apply({
      name,
      eventId: 'i',
      operation: 'IMPORT',
      time,
      stateTime: time,
      data,
      oldData: undefined,
    });
  }
}

it('a change among the imports of its own state stays', () => {
  const change = { name: 'n', eventId: 'e', time: 1, stateTime: 1, data: '{}', oldData: undefined };
  const live = { ...change, operation: 'UPDATE' } as const;
  const imported = { ...change, operation: 'IMPORT' } as const;
  expect(latestOf([imported, live, imported])).toEqual([1]);
  expect(sequenceOf(live)).not.toBe(sequenceOf(imported));
});
