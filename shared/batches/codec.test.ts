import { describe, expect, it } from 'vitest';
import {
  decodeBatch,
  encodeBatch,
  type IncomingMessage,
  MAX_BATCH_BYTES,
  MAX_BATCH_EVENTS,
} from './codec.ts';
import { contentOf } from './compression.ts';

const incoming = (data: unknown, attributes: Record<string, string> = {}): IncomingMessage => ({
  data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
  attributes,
  messageId: '17',
  publishTime: '2026-01-02T03:04:05.000Z',
});
const event = { specversion: '1.0', id: 'a', source: '/s', type: 't', data: { n: 1 } };

describe('a message', () => {
  it('holds a CloudEvents batch, with what its attributes say', () => {
    const [message] = encodeBatch(
      { id: 'u.0', pipeline: 'quakes', version: 'v1', upload: 'u', file: 'gs://b/f', records: 3 },
      [JSON.stringify(event)],
    );
    const batch = decodeBatch(incoming(message!.data.toString(), message!.attributes));
    expect(batch).toMatchObject({
      id: 'u.0',
      pipeline: 'quakes',
      version: 'v1',
      upload: 'u',
      records: 3,
      single: false,
    });
    expect(batch.events()).toEqual([event]);
  });

  it('is parsed when its events are asked for, and then once', () => {
    const attributes = {
      'content-type': 'application/cloudevents-batch+json',
      batchid: 'b',
      pipeline: 'p',
      records: '1',
    };
    const batch = decodeBatch(incoming([event], attributes));
    expect(batch.events()).toBe(batch.events());
    expect(decodeBatch(incoming('no JSON', attributes))).toMatchObject({ id: 'b', records: 1 });
  });

  it('holds one structured event, known by its own identity', () => {
    const attributes = { 'content-type': 'application/cloudevents+json', pipeline: 'p' };
    const first = decodeBatch(incoming(event, attributes));
    const again = decodeBatch({ ...incoming(event, attributes), messageId: '18' });
    expect(first.single).toBe(true);
    expect(again.id).toBe(first.id);
  });

  it('holds one binary event, its attributes in ce- attributes', () => {
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': 'a',
      'ce-source': '/s',
      'ce-type': 't',
      pipeline: 'p',
    };
    expect(decodeBatch(incoming({ n: 1 }, attributes)).events()[0]).toMatchObject({
      id: 'a',
      source: '/s',
      data: { n: 1 },
    });
  });

  it('holds plain JSON, known by the message alone', () => {
    const batch = decodeBatch(incoming({ n: 1 }, { pipeline: 'p' }));
    expect(batch.events()[0]).toMatchObject({ id: '17', data: { n: 1 }, time: '2026-01-02T03:04:05.000Z' });
  });

  it.each([
    ['no JSON', incoming('{', { pipeline: 'p' }), 'not JSON'],
    ['no pipeline', incoming({}), 'attribute `pipeline`'],
    [
      'a batch that is no array',
      incoming({}, { 'content-type': 'application/cloudevents-batch+json', pipeline: 'p' }),
      'array',
    ],
    [
      'an event without id',
      incoming({ source: '/s', type: 't' }, { 'content-type': 'application/cloudevents+json' }),
      '`id`',
    ],
  ])('is refused for good with %s', (_name, message, words) => {
    expect(() => decodeBatch(message).events()).toThrow(
      expect.objectContaining({ name: 'PermanentError', message: expect.stringContaining(words) }),
    );
  });
});

describe('a batch that has grown over the limit', () => {
  it('becomes parts below it, with ids of their own and all its records', () => {
    const events = Array.from({ length: 10 }, (_, n) =>
      JSON.stringify({ ...event, id: String(n), pad: 'x'.repeat(60_000) }),
    );
    const messages = encodeBatch({ id: 'u.3', pipeline: 'p', version: 'v', records: 12 }, events);
    expect(messages.length).toBe(2);
    for (const message of messages) expect(contentOf(message).length).toBeLessThan(MAX_BATCH_BYTES + 1000);
    expect(messages.map(({ attributes }) => attributes['batchid'])).toEqual(['u.3-0', 'u.3-1']);
    const records = messages.map(({ attributes }) => Number(attributes['records']));
    expect(records.reduce((a, b) => a + b)).toBe(12);
    const ids = messages.flatMap(message =>
      (JSON.parse(contentOf(message).toString()) as { id: string }[]).map(({ id }) => id),
    );
    expect(ids).toEqual(events.map((_, n) => String(n)));
  });

  it('is cut by the byte, with its commas, and by the number of its events', () => {
    const batch = { id: 'u.1', pipeline: 'p', version: 'v', records: 2 };
    const parts = (...sizes: readonly number[]): number =>
      encodeBatch(
        batch,
        sizes.map(size => `"${'é'.repeat((size - 2) / 2)}"`),
      ).length;
    expect(parts(MAX_BATCH_BYTES / 2, MAX_BATCH_BYTES / 2 - 2)).toBe(1);
    expect(parts(MAX_BATCH_BYTES / 2, MAX_BATCH_BYTES / 2)).toBe(2);
    expect(parts(MAX_BATCH_BYTES + 2)).toBe(1);
    expect(parts(...Array.from({ length: MAX_BATCH_EVENTS }, () => 2))).toBe(1);
    expect(parts(...Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => 2))).toBe(2);
  });

  it('without any event still goes out, since it accounts for its records', () => {
    const messages = encodeBatch({ id: 'u.0', pipeline: 'p', version: 'v', records: 5 }, []);
    expect(messages).toHaveLength(1);
    expect(messages[0]!.attributes['records']).toBe('5');
  });
});
