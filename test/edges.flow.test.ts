import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSuite, type TestSuite } from './support/suite.ts';

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

/** Each test counts under a key of its own, so that they can share a suite. */
const row = (key: string, value: number, more: object = {}) =>
  JSON.stringify({ at: '2026-03-01T12:00:30Z', key, value, ...more });
const MINUTE = '2026-03-01T12:00:00.000Z';

async function counted(key: string): Promise<{ count: number; value?: unknown } | undefined> {
  return (await millrace.panes('items')).get(MINUTE)?.[key];
}

describe('an upload', () => {
  it('that is empty is done, with nothing in it', async () => {
    const id = await millrace.upload('items/empty.json', '');
    expect(await millrace.settled(id)).toMatchObject({ state: 'done', counts: { records: 0 } });
    expect(await millrace.deadLettersOf(id)).toEqual([]);
  });

  it('of no known format fails with its file and a reason', async () => {
    const id = await millrace.upload('items/picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    expect(await millrace.settled(id)).toMatchObject({ state: 'failed' });
    const letters = await millrace.deadLettersOf(id);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.origin.file).toMatch(/^gs:.*items\/picture$/);
    expect(letters[0]!.reason).toMatch(/NDJSON/i);
  });

  it('as a gzip that ends early counts every record before the end, and says so', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) =>
      row('cut', n % 900, { note: Math.random().toString(36) }),
    );
    const whole = gzipSync(lines.join('\n'));
    const id = await millrace.upload('items/cut.ndjson.gz', whole.subarray(0, whole.length / 2));
    const upload = (await millrace.settled(id)) as { state: string; counts: { records: number } };
    expect(upload.state).toBe('failed');
    expect(upload.counts.records).toBeGreaterThan(500);
    expect((await counted('cut'))?.count).toBe(upload.counts.records);
    const letters = await millrace.deadLettersOf(id);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.reason).toMatch(/ends early/);
    expect(letters[0]!.origin.line).toBeGreaterThan(500);
  });

  it('as a gzip bomb is stopped and named as one', async () => {
    const blank = `${' '.repeat(1023)}\n`;
    const bomb = gzipSync(`${row('bomb', 1)}\n${blank.repeat(40 * 1024)}`);
    const id = await millrace.upload('items/bomb.gz', bomb);
    expect(await millrace.settled(id)).toMatchObject({
      state: 'failed',
      error: { reason: expect.stringMatching(/expands 3\d\d to 1, the limit is 250/) },
    });
  });

  it('with a line of 10 MB loses that line only', async () => {
    const long = row('long', 1, { note: 'x'.repeat(10 * 1024 * 1024) });
    const id = await millrace.upload('items/long.ndjson', [row('long', 1), long, row('long', 2)].join('\n'));
    expect(await millrace.settled(id)).toMatchObject({
      state: 'done',
      counts: { records: 3, accepted: 2, rejected: 1 },
    });
    const letters = await millrace.deadLettersOf(id);
    expect(letters.map(({ origin }) => origin.line)).toEqual([2]);
    expect(letters[0]!.reason).toMatch(/358,400/);
    expect(await counted('long')).toMatchObject({ count: 2, value: { sum: 3 } });
  });

  it('as CSV with a byte-order mark, CRLF, quotes over lines and a row too short counts the good rows', async () => {
    const csv = [
      '\uFEFFat,key,value,note',
      '2026-03-01T12:00:30Z,csv,1,"two\r\nlines, and ""quotes"""',
      '2026-03-01T12:00:30Z,csv',
      '2026-03-01T12:00:30Z,csv,2.5,',
      '2026-03-01T12:00:30Z,csv,much,text',
    ].join('\r\n');
    const id = await millrace.upload('items/table.csv', csv);
    expect(await millrace.settled(id)).toMatchObject({
      state: 'done',
      format: 'csv',
      counts: { records: 4, accepted: 2, rejected: 2 },
    });
    expect(await counted('csv')).toMatchObject({
      count: 2,
      value: { sum: 3.5, min: 1, max: 2.5, mean: 1.75 },
    });
    const letters = await millrace.deadLettersOf(id);
    expect(letters.map(({ origin, reason }) => [origin.line, reason])).toEqual([
      [4, expect.stringContaining('columns')],
      [6, expect.stringContaining('value must be number')],
    ]);
  });

  it('for a pipeline that does not exist fails, naming those that do', async () => {
    const id = await millrace.upload('itmes/a.json', row('x', 1));
    expect(await millrace.settled(id)).toMatchObject({ state: 'failed' });
    expect((await millrace.deadLettersOf(id))[0]!.reason).toBe(
      'There is no pipeline "itmes". There are: items. Did you mean items?',
    );
  });

  it.each([['../../current/items'], ['ITEMS'], ['']])(
    'that names the pipeline %j in its metadata reaches no other object',
    async pipeline => {
      const id = await millrace.upload('stray.json', row('x', 1), { pipeline });
      expect(await millrace.settled(id)).toMatchObject({ state: 'failed' });
    },
  );

  it('belongs to the pipeline of its metadata before that of its name', async () => {
    const id = await millrace.upload('elsewhere/a.json', row('meta', 1), { pipeline: 'items' });
    expect(await millrace.settled(id)).toMatchObject({ state: 'done', pipeline: 'items' });
  });

  it('with an event in the year 9999 rejects that event before it can close any window', async () => {
    const far = JSON.stringify({ at: '9999-12-31T23:59:59Z', key: 'far', value: 1 });
    const id = await millrace.upload('items/far.ndjson', [far, row('far', 1)].join('\n'));
    expect(await millrace.settled(id)).toMatchObject({ state: 'done', counts: { accepted: 1, rejected: 1 } });
    expect((await millrace.deadLettersOf(id))[0]).toMatchObject({
      reason: expect.stringContaining('in the future'),
      origin: { line: 1 },
    });
    expect((await counted('far'))?.count).toBe(1);
  });

  it('sends alerts, last states and live events on their way', async () => {
    const id = await millrace.upload(
      'items/high.ndjson',
      [row('up', 999), row('up', 1000), row('up', 1)].join('\n'),
    );
    await millrace.settled(id);
    const { docs } = await millrace.firestore.collection('alerts').where('key', '==', 'up').get();
    expect(docs.map(alert => alert.get('title'))).toEqual(['up is high: 1000']);
    const entity = await millrace.firestore.doc('entities/items/entityItems/up').get();
    expect(entity.exists).toBe(true);
    const live = await millrace.firestore.collection('live/items/liveEvents').where('key', '==', 'up').get();
    expect(live.size).toBeGreaterThan(0);
  });

  it('under one name twice is two uploads, whose records both count', async () => {
    const first = await millrace.upload('items/twice.ndjson', row('twice', 1));
    await millrace.settled(first);
    const second = await millrace.upload('items/twice.ndjson', row('twice', 1));
    await millrace.settled(second);
    expect(second).not.toBe(first);
    expect((await counted('twice'))?.count).toBe(2);
  });
});

describe('a live event', () => {
  it('delivered five times at once counts once', async () => {
    const event = {
      specversion: '1.0',
      id: 'same',
      source: '/devices/1',
      type: 't',
      data: JSON.parse(row('five', 7)),
    };
    const message = {
      data: Buffer.from(JSON.stringify(event)),
      attributes: { 'content-type': 'application/cloudevents+json', pipeline: 'items' },
    };
    await Promise.all(
      Array.from({ length: 5 }, () => millrace.pubsub.topic('events-raw').publishMessage(message)),
    );
    await millrace.suite.eventarc.idle();
    await expect
      .poll(() => counted('five'), { timeout: 10_000 })
      .toMatchObject({ count: 1, value: { sum: 7 } });
  });

  it('that is no JSON becomes a dead letter, with what it was', async () => {
    const data = Buffer.from('{"at": oops');
    await millrace.pubsub.topic('events-raw').publishMessage({ data, attributes: { pipeline: 'items' } });
    await millrace.suite.eventarc.idle();
    const { docs } = await millrace.firestore
      .collection('deadLetters')
      .where('excerpt', '==', '{"at": oops')
      .get();
    expect(docs).toHaveLength(1);
    expect(docs[0]!.get('reason')).toMatch(/not JSON/);
  });
});
