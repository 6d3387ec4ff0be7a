import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { redriveAll } from '../cli/letters/redrive-all.ts';
import { openSite } from '../cli/letters/site.ts';
import { main } from '../cli/main.ts';
import { printed } from '../cli/testing.ts';
import { PORTS, PROJECT } from '../emulators/suite-address.ts';
import { encodeBatch } from '../shared/batches/codec.ts';
import { bucketName } from '../shared/config/config.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import { freeBase } from './support/ports.ts';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

// The Storage client's download hangs eleven listeners on a stream of its own.
EventEmitter.defaultMaxListeners = 16;

/** A version that no build has made: whether a step can read it is up to the test. */
const VERSION = 'feedfacefeedface';
const MINUTE = '2026-03-01T12:00:00.000Z';
const [items] = loadPipelines(resolve(ROOT, 'test/pipelines')).pipelines;

let millrace: TestSuite;
let base: number;
beforeAll(async () => {
  base = await freeBase(Object.values(PORTS));
  // Ten attempts with Eventarc's backoffs are over within a second.
  millrace = await startTestSuite({ base, timeScale: 5000 });
});
afterAll(() => millrace[Symbol.asyncDispose]());
const caught = printed();

/** One line of the real command line. */
async function run(...args: string[]) {
  Object.assign(caught, { out: '', err: '' });
  const code = await main([...args, '--port', String(base)]);
  return { code, ...caught };
}

const define = (text: string, version = VERSION) =>
  millrace.storage
    .bucket(bucketName('pipelines', PROJECT))
    .file(`compiled/items/${version}.json`)
    .save(text, { resumable: false });
const mend = (version = VERSION) => define(JSON.stringify({ ...items, version }), version);

/** A batch as enrich publishes it, under the version that is broken. */
async function publishBatch(id: string, key: string, version = VERSION): Promise<void> {
  const event = {
    specversion: '1.0',
    id: `event-${id}`,
    source: '/test',
    type: 'millrace.event',
    time: '2026-03-01T12:00:30.000Z',
    partitionkey: key,
    data: { at: '2026-03-01T12:00:30Z', key, value: 7 },
  };
  const head = { id, pipeline: 'items', version, records: 1 };
  const [message] = encodeBatch(head, [JSON.stringify(event)]);
  await millrace.pubsub.topic('events').publishMessage(message!);
  await millrace.suite.eventarc.idle();
}

async function failed(key: string) {
  const { docs } = await millrace.firestore
    .collection('deadLetters')
    .where('kind', '==', 'failed')
    .where('origin.batch', '==', key)
    .get();
  return new Map(docs.map(letter => [letter.get('trigger') as string, letter]));
}

const counted = async (key: string) => (await millrace.panes('items')).get(MINUTE)?.[key]?.count ?? 0;
const entity = async (key: string) =>
  (await millrace.firestore.doc(`entities/items/entityItems/${key}`).get()).exists;

/** tick shows by the minute, which is soon here. */
async function shown(key: string, count: number): Promise<void> {
  await vi.waitFor(async () => expect(await counted(key)).toBe(count), { timeout: 5000, interval: 50 });
}

describe('a delivery that fails until its attempts are spent', () => {
  it('is a dead letter of its trigger, and after a redrive has its effect once, and there only', async () => {
    await define('{');
    await publishBatch('batch-1', 'mended');
    const letters = await failed('batch-1');
    expect([...letters.keys()].sort()).toEqual(['aggregate-on-events', 'detect-on-events', 'feed-on-events']);
    const letter = letters.get('feed-on-events')!;
    expect(letter.data()).toMatchObject({
      state: 'open',
      pipeline: 'items',
      reason: expect.stringMatching(/^feed-on-events failed 10 times: HTTP 500/),
    });

    const early = await run('redrive', letter.id);
    expect([early.code, early.out]).toEqual([
      1,
      expect.stringMatching(/^1 sent again\n1 failed again; why: /),
    ]);
    expect((await letter.ref.get()).data()).toMatchObject({ state: 'open', redrives: 1, failedAgain: 1 });
    expect((await failed('batch-1')).size).toBe(3);

    await mend();
    const dry = await run('redrive', '--step', 'feed', '--dry-run', '--json');
    expect([dry.code, JSON.parse(dry.out)]).toEqual([0, { redriven: 1, skipped: [], failedAgain: 0 }]);
    expect(await entity('mended')).toBe(false);
    expect(await run('redrive', '--step', 'feed')).toEqual({ code: 0, out: '1 sent again\n', err: '' });
    expect((await letter.ref.get()).data()).toMatchObject({ state: 'redriven', redrives: 2 });
    expect(await entity('mended')).toBe(true);
    const { docs: ledger } = await millrace.firestore.collection('_millrace/aggregate/ledger').get();
    expect(ledger.map(({ id }) => id)).toEqual([]);

    expect(await run('redrive', '--all')).toEqual({ code: 0, out: '2 sent again\n', err: '' });
    await shown('mended', 1);
    expect((await run('redrive', '--all')).out).toBe('0 sent again\n');
    // Asked for by its id it goes out again, and changes nothing.
    expect((await run('redrive', letters.get('aggregate-on-events')!.id)).out).toBe('1 sent again\n');
    await publishBatch('batch-2', 'after');
    await shown('after', 1);
    expect(await counted('mended')).toBe(1);
  });

  it('keeps the identity of plain JSON over redrives, so that it counts once', async () => {
    const current = millrace.storage
      .bucket(bucketName('pipelines', PROJECT))
      .file(`compiled/items/${items!.version}.json`);
    const [good] = await current.download();
    const attributes = { pipeline: 'items', version: 'deadbeefdeadbeef' };
    const broken = millrace.storage
      .bucket(bucketName('pipelines', PROJECT))
      .file('compiled/items/deadbeefdeadbeef.json');
    await broken.save('{', { resumable: false });
    const data = Buffer.from(JSON.stringify({ at: '2026-03-01T12:00:30Z', key: 'plain', value: 1 }));
    await millrace.pubsub.topic('events-raw').publishMessage({ data, attributes });
    await millrace.suite.eventarc.idle();
    await broken.save(good.toString().replace(items!.version, 'deadbeefdeadbeef'), { resumable: false });
    const { out: listed } = await run('dead-letters', '--trigger', 'enrich-on-raw', '--json');
    const [letter] = JSON.parse(listed).deadLetters;
    for (let time = 0; time < 2; time++) expect((await run('redrive', letter.id)).code).toBe(0);
    await shown('plain', 1);
    await publishBatch('batch-3', 'later');
    await shown('later', 1);
    expect(await counted('plain')).toBe(1);
  });
});

describe('two who redrive the same letter at once', () => {
  it('send it once each at most, and it has its effect once', async () => {
    // Steps have read the other version by now, and keep it.
    const version = 'beefbeefbeefbeef';
    await define('{', version);
    await publishBatch('batch-4', 'race', version);
    await mend(version);
    const letter = (await failed('batch-4')).get('aggregate-on-events')!;
    const outcomes = await Promise.all(
      [1, 2].map(async () => {
        const site = await openSite({ port: String(base) });
        return redriveAll(site, [letter.id], {}, false);
      }),
    );
    const sent = outcomes.reduce((sum, { redriven }) => sum + redriven, 0);
    expect(sent + outcomes.flatMap(({ skipped }) => skipped).length).toBe(2);
    expect((await letter.ref.get()).data()).toMatchObject({ state: 'redriven', redrives: sent });
    await shown('race', 1);
  });
});

describe('an event of Storage that fails until its attempts are spent', () => {
  it('is one dead letter however often it fails, and is read once after a redrive', async () => {
    const bucket = millrace.storage.bucket(bucketName('pipelines', PROJECT));
    const save = (name: string, text: string) => bucket.file(name).save(text, { resumable: false });
    const version = 'c0ffeec0ffeec0ff';
    await save(`compiled/later/${version}.json`, '{');
    await save('current/later.json', JSON.stringify({ version }));
    const id = await millrace.upload('later/a.ndjson', '{"at":"2026-03-01T12:00:30Z","key":"a"}');
    await millrace.suite.eventarc.idle();
    const listed = async () =>
      JSON.parse((await run('dead-letters', '--trigger', 'ingest-on-upload', '--json')).out).deadLetters;
    const [letter, ...others] = await listed();
    expect([letter.state, others]).toEqual(['open', []]);
    expect((await run('redrive', '--trigger', 'ingest-on-upload')).out).toMatch(
      /^1 sent again\n1 failed again/,
    );
    expect(await listed()).toEqual([expect.objectContaining({ id: letter.id, state: 'open', redrives: 1 })]);

    await save(`compiled/later/${version}.json`, JSON.stringify({ ...items, name: 'later', version }));
    expect((await run('redrive', '--step', 'ingest')).code).toBe(0);
    expect(await millrace.settled(id)).toMatchObject({ state: 'done', counts: { accepted: 1 } });
    expect(await listed()).toEqual([
      expect.objectContaining({ id: letter.id, state: 'redriven', redrives: 2 }),
    ]);
  });
});

describe('millrace dead-letters', () => {
  it('shows when, where, what and why, by filter', async () => {
    const bad = '{"at":"2026-03-01T12:00:30Z","key":5}';
    const id = await millrace.upload('items/one.ndjson', [bad.replace('5', '"x"'), bad].join('\n'));
    await millrace.settled(id);
    const { out: text } = await run('dead-letters', '--upload', id);
    const [, row = ''] = text.split('\n');
    expect(row).toMatch(
      /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d {2}\w+ +rejected +enrich +gs:\S+items\/one\.ndjson:2 /,
    );
    expect(row).toContain('"key":5');
    expect(row).toContain('key must be string.');
    const { out: json } = await run(
      'dead-letters',
      '--step',
      'enrich',
      '--kind',
      'rejected',
      '--limit',
      '1',
      '--json',
    );
    expect(JSON.parse(json)).toMatchObject({
      deadLetters: [{ step: 'enrich', origin: { line: 2 } }],
      total: 1,
    });
  });

  it('keeps a message that is refused as a whole as one letter, which is mended at its source', async () => {
    await millrace.pubsub.topic('events').publishMessage({
      data: Buffer.from('[1]'),
      attributes: {
        pipeline: 'items',
        batchid: 'whole',
        'content-type': 'application/cloudevents-batch+json',
      },
    });
    await millrace.suite.eventarc.idle();
    const { out: json } = await run('dead-letters', '--step', 'aggregate', '--kind', 'rejected', '--json');
    const { deadLetters, total } = JSON.parse(json);
    expect([total, deadLetters[0].origin]).toEqual([1, { batch: 'whole' }]);
    const refused = await run('redrive', deadLetters[0].id, 'nobody');
    expect(refused.code).toBe(1);
    expect(refused.err.split('\n').sort()).toEqual(
      [
        '',
        `${deadLetters[0].id} was not sent: it is a rejected record, which is mended at its source: upload or publish it again.`,
        'nobody was not sent: there is no such dead letter.',
      ].sort(),
    );
  });

  it.each([
    [['dead-letters', '--step', 'enrihc'], /^There is no step "enrihc"\. Did you mean enrich\? There are: /],
    [['dead-letters', '--trigger', 'x'], /^There is no trigger "x"\. There are: /],
    [['dead-letters', '--kind', 'bad'], /^There is no kind "bad"\. There are: rejected, failed\./],
    [['dead-letters', '--limit', '0'], /^--limit takes a number from 1 to 10000\./],
    [['redrive'], /^Say which: /],
    [['redrive', 'x', '--all'], /^Say which: /],
  ])('%j is wrong use', async (args, message) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

/** `MILLRACE_REJECTS=1000000` is the campaign. */
const REJECTS = Number(process.env['MILLRACE_REJECTS'] ?? 3_000);

it(`keeps ${REJECTS} rejects of one upload, 1,000 as documents and the rest as lines, each once however often told`, {
  timeout: 60_000 + REJECTS,
}, async () => {
  const copies = millrace.pubsub.topic('dead-letters').subscription('copies');
  await millrace.pubsub.topic('dead-letters').createSubscription('copies');
  const messages: { data: Buffer; attributes: Record<string, string> }[] = [];
  copies.on('message', message => {
    messages.push({ data: message.data, attributes: message.attributes });
    message.ack();
  });
  const lines = Array.from({ length: REJECTS }, (_, n) => (n % 3 === 0 ? `no json ${n}` : `{"key":${n}}`));
  const id = await millrace.upload('items/bad.ndjson', lines.join('\n'));
  const upload = await millrace.settled(id);
  const bucket = bucketName('rejects', PROJECT);
  expect(upload).toMatchObject({
    state: 'done',
    counts: { records: REJECTS, rejected: REJECTS, accepted: 0 },
    rejects: { documents: 1000, rest: `gs://${bucket}/${id}/` },
  });

  const kept = async () => {
    const letters = millrace.firestore.collection('deadLetters').where('origin.upload', '==', id);
    const documents = (await letters.select().get()).docs.map(letter => letter.id);
    const [files] = await millrace.storage.bucket(bucket).getFiles({ prefix: `${id}/` });
    const rest: string[] = [];
    for (const file of files) {
      const [content] = await file.download();
      for (const line of content.toString().trimEnd().split('\n')) rest.push(JSON.parse(line).id);
    }
    return { documents, rest, files: files.map(({ name, metadata }) => `${name} ${metadata.generation}`) };
  };
  const first = await kept();
  expect(first.documents).toHaveLength(1000);
  expect(first.rest).toHaveLength(REJECTS - 1000);
  expect(new Set([...first.documents, ...first.rest]).size).toBe(REJECTS);

  // Every message of the dead letters comes a second time.
  await vi.waitFor(() => expect(messages.length).toBeGreaterThanOrEqual(first.files.length), 5000);
  await copies.close();
  await Promise.all(messages.map(message => millrace.pubsub.topic('dead-letters').publishMessage(message)));
  await millrace.suite.eventarc.idle();
  expect(await kept()).toEqual(first);
});
