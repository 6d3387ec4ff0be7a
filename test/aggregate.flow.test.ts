import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../emulators/firestore/server.ts';
import { countBatch } from '../functions/aggregate/aggregate.ts';
import { lateRejects } from '../functions/aggregate/late.ts';
import { tickStore } from '../functions/tick/store.ts';
import { tick } from '../functions/tick/tick.ts';
import type { EventBatch, PipelineEvent } from '../shared/batches/batch.ts';
import { createFirestore } from '../shared/documents/documents.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';
import { transactionsOf } from '../shared/windows/transaction.ts';
import { eventOf, pipelineOf } from './windows-model/scenario.ts';

const START = Date.UTC(2026, 10, 21, 13);
const MINUTE = 60_000;

let emulator: FirestoreEmulator;
const opened: Firestore[] = [];

beforeAll(async () => {
  emulator = await startFirestore({ port: 0 });
  process.env['FIRESTORE_EMULATOR_HOST'] = `${emulator.host}:${emulator.port}`;
});

afterAll(async () => {
  await Promise.all(opened.map(firestore => firestore.terminate()));
  await emulator.stop();
});

/** A database of its own for each test. */
function newFirestore(): Firestore {
  const firestore = createFirestore(`demo-windows-${opened.length}`);
  opened.push(firestore);
  return firestore;
}

function batchOf(id: string, events: readonly PipelineEvent[], upload?: string): EventBatch {
  return { id, pipeline: 'model', version: 'v1', records: events.length, events, ...(upload && { upload }) };
}

const onlyShort = (pipeline: Pipeline): Pipeline => ({ ...pipeline, windows: pipeline.windows.slice(0, 1) });
const panes = async (firestore: Firestore) => {
  const { docs } = await firestore.collection('windows/model/panes').get();
  return Object.fromEntries(docs.map(document => [document.id, document.data()]));
};

describe('windows over live events', () => {
  it('show early, are on time when the watermark has passed, and close; what comes later is late', async () => {
    const firestore = newFirestore();
    const pipeline = onlyShort(pipelineOf(2, 5));
    const run = transactionsOf(firestore);
    const count = (id: string, ...events: PipelineEvent[]) =>
      countBatch(run, batchOf(id, events), pipeline, START);
    const ticked = () => tick(tickStore(firestore), () => START);
    const id = 'short~2026-11-21T13:00:00.000Z';

    await count('one', eventOf('1', 's', START + 1000, 'a', 0.1), eventOf('2', 's', START + 2000, '', 0.2));
    await ticked();
    expect((await panes(firestore))[id]).toMatchObject({ timing: 'early', index: 0, final: false, count: 2 });

    await count('two', eventOf('3', 's', START + 12_000, 'a', 5));
    await ticked();
    expect((await panes(firestore))[id]).toMatchObject({
      timing: 'onTime',
      index: 1,
      final: false,
      count: 2,
    });

    await count('three', eventOf('4', 's', START + 3000, 'a', 0.2));
    await ticked();
    expect((await panes(firestore))[id]).toMatchObject({ timing: 'late', index: 2, count: 3 });

    await count('four', eventOf('5', 's', START + 15_000, 'a', 1));
    await ticked();
    const pane = (await panes(firestore))[id]!;
    expect(pane).toMatchObject({ timing: 'late', index: 3, final: true, count: 3 });
    expect(pane['keys']).toEqual({
      '%': { count: 1, value: { count: 1, missing: 0, sum: 0.2, min: 0.2, max: 0.2, mean: 0.2 } },
      a: {
        count: 2,
        value: { count: 2, missing: 0, sum: 0.1 + 0.2, min: 0.1, max: 0.2, mean: (0.1 + 0.2) / 2 },
      },
    });
    expect(pane['timestamp'].toDate()).toEqual(new Date(START + 9999));

    const five = batchOf('five', [eventOf('6', 's', START + 4000, 'b', 1)]);
    const { entry } = await countBatch(run, five, pipeline, START);
    expect(entry).toMatchObject({ accepted: 0, late: 1 });
    const again = await countBatch(run, five, pipeline, START + MINUTE);
    expect(again.duplicate).toBe(true);
    expect(lateRejects(five, again.entry)).toEqual(lateRejects(five, entry));
    expect(lateRejects(five, entry)[0]).toMatchObject({
      step: 'aggregate',
      reason: 'Late: it belongs to short from 2026-11-21T13:00:00.000Z, which had closed before it came.',
    });
  });

  it('count each batch once, however many copies of many batches are under way', async () => {
    const firestore = newFirestore();
    const run = transactionsOf(firestore);
    const pipeline = onlyShort(pipelineOf(3, 5));
    const batches = Array.from({ length: 12 }, (_, number) =>
      batchOf(
        `batch-${number}`,
        Array.from({ length: 10 }, (_, at) => eventOf(`${number}-${at}`, 's', START + at, 'a', 0.1)),
      ),
    );
    const all = [...batches, ...batches, ...batches];
    const counted = await Promise.all(all.map(batch => countBatch(run, batch, pipeline, START)));
    expect(counted.filter(({ duplicate }) => !duplicate)).toHaveLength(batches.length);
    await Promise.all([tick(tickStore(firestore), () => START), tick(tickStore(firestore), () => START)]);
    const [pane] = Object.values(await panes(firestore));
    expect(pane).toMatchObject({ index: 0, count: 120, keys: { a: { count: 120, value: { sum: 12 } } } });
  });

  it('hold more keys than a document can, and close with all of them', { timeout: 60_000 }, async () => {
    const firestore = newFirestore();
    const run = transactionsOf(firestore);
    const pipeline = onlyShort(pipelineOf(1, 0));
    for (let number = 0; number < 10; number++) {
      const events = Array.from({ length: 500 }, (_, at) =>
        eventOf(`${number}-${at}`, 's', START, `${`${number}-${at}`.padEnd(200, '.')}`, at),
      );
      await countBatch(run, batchOf(`wide-${number}`, events), pipeline, START);
    }
    const { docs } = await firestore.collection('_millrace/aggregate/lanes').get();
    const lane = docs.find(document => document.id.startsWith('model~short~2026-11-21T13:00:00.000Z~'))!;
    expect(lane.get('chunks').length).toBeGreaterThan(2);
    // What has come last lies inline beside its segments.
    expect(lane.get('state').length).toBeGreaterThan(0);
    await countBatch(run, batchOf('last', [eventOf('z', 's', START + 20_000, 'z', 0)]), pipeline, START);
    await tick(tickStore(firestore), () => START);
    const shown = await panes(firestore);
    expect(shown['short~2026-11-21T13:00:00.000Z']).toMatchObject({ final: true, count: 5000, omitted: 0 });
    const keys = Object.values(shown).flatMap(pane => Object.keys(pane['keys']));
    expect(new Set(keys).size).toBe(5001);
    expect((await lane.ref.collection('chunks').get()).size).toBe(0);
  });

  it('are counted in several transactions where a batch touches very many', async () => {
    const firestore = newFirestore();
    const events = Array.from({ length: 450 }, (_, at) => eventOf(`${at}`, 's', START + at * 10_000, 'a', 1));
    const batch = batchOf('long', events);
    const { entry } = await countBatch(transactionsOf(firestore), batch, onlyShort(pipelineOf(1, 0)), START);
    expect(entry).toMatchObject({ counted: 450, complete: true, accepted: 450 });
    expect((await firestore.collection('_millrace/aggregate/lanes').count().get()).data().count).toBe(450);
  });
});

describe('windows over an uploaded file', () => {
  it('are on time, in whatever order the records came, before the upload is done, and close after a while', async () => {
    const firestore = newFirestore();
    const run = transactionsOf(firestore);
    const pipeline = onlyShort(pipelineOf(2, 0));
    const upload = firestore.doc('uploads/u');
    await upload.set({
      pipeline: 'model',
      state: 'reading',
      counts: { records: 5, rejected: 1, published: 1 },
    });
    await countBatch(
      run,
      batchOf('later', [eventOf('1', 'u', START + 25_000, 'a', 1)], 'u'),
      pipeline,
      START,
    );
    await tick(tickStore(firestore), () => START);
    expect(Object.values(await panes(firestore)).map(({ timing }) => timing)).toEqual(['early']);

    const earlier = [eventOf('2', 'u', START, 'a', 2), eventOf('3', 'u', START + 26_000, 'a', 3)];
    await countBatch(run, { ...batchOf('earlier', earlier, 'u'), records: 3 }, pipeline, START);
    await upload.update({ state: 'read', 'counts.published': 4 });
    const ticked = await tick(tickStore(firestore), () => START);
    expect(ticked).toMatchObject({ uploads: 1, failures: [] });
    expect((await upload.get()).data()).toMatchObject({
      state: 'done',
      counts: { records: 5, accepted: 3, rejected: 2, late: 0 },
    });
    const shown = Object.values(await panes(firestore));
    expect(shown.map(({ timing, final, count }) => [timing, final, count])).toEqual([
      ['onTime', false, 1],
      ['onTime', false, 2],
    ]);

    // Another upload while the state is kept: the window opens again.
    await countBatch(run, batchOf('more', [eventOf('4', 'v', START, 'a', 2)], 'v'), pipeline, START + MINUTE);
    await tick(tickStore(firestore), () => START + MINUTE);
    expect(Object.values(await panes(firestore))[0]).toMatchObject({ timing: 'late', index: 1, count: 2 });

    const longAfter = START + 10 * MINUTE;
    expect((await tick(tickStore(firestore), () => longAfter)).closed).toBe(2);
    expect(Object.values(await panes(firestore)).every(({ final }) => final)).toBe(true);
    const tooLate = batchOf('tooLate', [eventOf('5', 'w', START, 'a', 2)], 'w');
    expect((await countBatch(run, tooLate, pipeline, longAfter)).entry.late).toBe(1);
  });
});
