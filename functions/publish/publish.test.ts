import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { HttpRequest } from '../../shared/step/request.ts';
import { callerOf } from './caller.ts';
import { readKeys } from './keys.ts';
import { createLimit } from './limit.ts';
import { identified, readRequest } from './publish.ts';

const EVENT = { specversion: '1.0', id: 'a', source: '/s', type: 't', data: { n: 1 } };
const request = (type: string, body: unknown, headers: object = {}, path = '/items'): HttpRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': type, ...headers },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/s', 'ce-type': 't' };

describe('a request holds', () => {
  it.each<[string, HttpRequest]>([
    ['a structured event', request(`${STRUCTURED}; charset=utf-8`, EVENT)],
    ['a batch', request(BATCH, [EVENT])],
    ['a binary event', request('application/json', { n: 1 }, BINARY)],
    ['a binary event of another JSON type', request('application/geo+json', { n: 1 }, BINARY)],
  ])('%s', (_, one) => {
    expect(readRequest(one)).toEqual({ pipeline: 'items', events: [EVENT] });
  });

  it('binary attributes that are percent-encoded', () => {
    const { events } = readRequest(
      request('application/json', {}, { ...BINARY, 'ce-id': 'caf%C3%A9%20%25' }),
    );
    expect(events[0]!.id).toBe('café %');
  });

  it.each<[string, HttpRequest, unknown[]]>([
    ['a plain record', request('application/json', { n: 1 }), [{ n: 1 }]],
    ['a list of plain records', request('application/json', [{ n: 1 }, { n: 2 }]), [{ n: 1 }, { n: 2 }]],
    [
      'plain records by line',
      request('application/x-ndjson', '{"n":1}\r\n\n{"n":2}\n'),
      [{ n: 1 }, { n: 2 }],
    ],
  ])('%s', (_, one, records) => {
    const { events } = readRequest(one);
    expect(events.map(({ data }) => data)).toEqual(records);
    expect(new Set(events.map(({ id }) => id)).size).toBe(records.length);
  });

  it('plain records that are the same each time under an idempotency-key', () => {
    const ids = () =>
      readRequest(request('application/json', [{}, {}], { 'idempotency-key': 'k' })).events.map(
        ({ id }) => id,
      );
    expect(ids()).toEqual(['k.0', 'k.1']);
    expect(ids()).toEqual(ids());
  });

  it('the pipeline in its path or in its events', () => {
    expect(readRequest(request(STRUCTURED, { ...EVENT, pipeline: 'items' }, {}, '/')).pipeline).toBe('items');
    expect(
      readRequest(request('application/json', {}, { ...BINARY, 'ce-pipeline': 'x' }, '/')).pipeline,
    ).toBe('x');
    expect(readRequest(request(BATCH, [{ ...EVENT, pipeline: 'items' }, EVENT], {}, '/items')).pipeline).toBe(
      'items',
    );
  });

  it('events that their pipeline knows by an id of its own', () => {
    const pipeline = { name: 'p', id: ['n'] } as unknown as Pipeline;
    expect(identified([EVENT], pipeline)[0]).toMatchObject({ id: '1', source: '/pipelines/p' });
    expect(identified([{ ...EVENT, data: {} }], pipeline)[0]).toMatchObject({ id: 'a', source: '/s' });
  });
});

describe('a request is refused', () => {
  it.each<[number, string, HttpRequest]>([
    [400, 'The body is not JSON', request(STRUCTURED, '{')],
    [400, 'Line 2 is not JSON', request('application/x-ndjson', '{}\n{')],
    [400, '[1] is 7. Expected a JSON object', request('application/json', [{}, 7])],
    [400, 'The body is null. Expected a JSON object', request('application/json', null)],
    [400, 'a JSON array', request(BATCH, {})],
    [400, 'The body is no CloudEvent', request(STRUCTURED, [])],
    [400, '[0] is no CloudEvent', request(BATCH, [1])],
    [400, 'specversion is "0.3"', request(STRUCTURED, { ...EVENT, specversion: '0.3' })],
    [400, '[1].id is missing', request(BATCH, [EVENT, { ...EVENT, id: undefined }])],
    [400, 'source is ""', request(STRUCTURED, { ...EVENT, source: '' })],
    [400, 'ce-type is missing', request('application/json', {}, { ...BINARY, 'ce-type': undefined })],
    [400, 'ce-specversion is missing', request('application/json', {}, { 'ce-id': 'a' })],
    [400, 'time is "noon"', request(STRUCTURED, { ...EVENT, time: 'noon' })],
    [400, 'data is missing', request(STRUCTURED, { ...EVENT, data: undefined })],
    [400, 'data is [1]', request(STRUCTURED, { ...EVENT, data: [1] })],
    [400, 'holds no event', request(BATCH, [])],
    [400, 'holds no event', request('application/x-ndjson', '\n')],
    [400, 'No pipeline is named', request(STRUCTURED, EVENT, {}, '/')],
    [400, 'Expected /PIPELINE', request(STRUCTURED, EVENT, {}, '/a/b')],
    [400, 'pipeline is "x"', request(STRUCTURED, { ...EVENT, pipeline: 'x' })],
    [400, '[1].pipeline is undefined', request(BATCH, [{ ...EVENT, pipeline: 'x' }, EVENT], {}, '/')],
    [413, '[0] is 4', request('application/json', [{ text: 'x'.repeat(400_000) }])],
    [415, 'content-type is "text/csv"', request('text/csv', 'a')],
    [415, 'content-type is ""', request('', 'a')],
    [415, 'Data must be JSON', request('text/plain', 'a', BINARY)],
    [415, 'content-type is "constructor"', request('constructor', 'a')],
  ])('by %d: %s', (status, words, one) => {
    expect(() => readRequest(one)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(words) }),
    );
  });
});

describe('a caller', () => {
  const hash = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = readKeys(`ann:${hash('secret')}, bob:${hash('other').toUpperCase()}, eve:${hash('a.b.c')},`);
  const JWT = 'e30.e30.';
  const caller = (headers: object, claims: Record<string, unknown> = {}) =>
    callerOf(headers as never, keys, async () => ({ uid: 'ann', claims }));

  it('is known by the hash of a key, in either header, and may publish everywhere', async () => {
    expect((await caller({ 'x-api-key': 'secret' })).name).toBe('key:ann');
    expect((await caller({ authorization: 'bearer other' })).name).toBe('key:bob');
    expect((await caller({ authorization: 'Bearer a.b.c' })).name).toBe('key:eve');
    expect((await caller({ 'x-api-key': 'secret' })).may('items')).toBe(true);
  });

  it.each<[boolean, unknown]>([
    [true, '*'],
    [true, ['items']],
    [true, ['others', 'items']],
    [false, ['others']],
    [false, ['*']],
    [false, 'items'],
    [false, true],
    [false, undefined],
    [false, { items: true }],
  ])('who has signed in may publish: %j, where the claim is %j', async (may, publisher) => {
    const user = await caller({ authorization: `Bearer ${JWT}` }, { publisher });
    expect([user.name, user.may('items')]).toEqual(['user:ann', may]);
  });

  it.each<[string, object]>([
    ['neither', {}],
    ['neither', { authorization: 'Basic secret' }],
    ['not known', { 'x-api-key': '' }],
    ['not known', { 'x-api-key': 'wrong' }],
    ['not known', { 'x-api-key': ['secret', 'secret'] }],
    ['not known', { 'x-api-key': hash('secret') }],
    ['not known', { authorization: 'Bearer wrong' }],
    ['not known', { 'x-api-key': JWT }],
    ['not known', { 'x-api-key': JWT, authorization: `Bearer ${JWT}x` }],
  ])('is refused by 401, "%s", with %j', async (words, headers) => {
    await expect(caller(headers)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining(words),
    });
  });

  it('has to send a key, even where the empty one is known', async () => {
    const empty = readKeys(`nobody:${hash('')}`);
    await expect(callerOf({}, empty, () => Promise.reject())).rejects.toMatchObject({ status: 401 });
  });

  it('is told of a key that is configured as itself without seeing it', () => {
    expect(() => readKeys(`ann:${hash('a')},secret`)).toThrow(
      /^MILLRACE_API_KEYS: entry 2 is not NAME:SHA256/,
    );
  });
});

describe('the limit', () => {
  it('lets a burst through, then as much as flows in, by name', () => {
    const take = createLimit(10, 20);
    expect(take('a', 20, 0)).toBeUndefined();
    expect(take('a', 1, 0)).toBe(1);
    expect(take('b', 1, 0)).toBeUndefined();
    expect(take('a', 1, 200)).toBeUndefined();
  });

  it('lets one large request through, and makes the next wait for it', () => {
    const take = createLimit(10, 20);
    expect(take('a', 120, 0)).toBeUndefined();
    expect(take('a', 1, 0)).toBe(10);
    expect(take('a', 1, 9_000)).toBe(1);
    expect(take('a', 1, 10_100)).toBeUndefined();
  });

  it('forgets the names that have been silent for long, and no other', () => {
    const take = createLimit(10, 20);
    for (let n = 0; n < 10_000; n++) take(`early ${n}`, 1, 0);
    expect(take('late', 20, 10_000)).toBeUndefined();
    expect(take('another', 1, 10_000)).toBeUndefined();
    expect(take('late', 1, 10_000)).toBe(1);
  });
});
