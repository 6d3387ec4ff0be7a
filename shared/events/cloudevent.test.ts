import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudEvent } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { HTTP } from 'cloudevents';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CloudEvent,
  decodeAttributes,
  decodePercent,
  encodeAttributes,
  encodePercent,
  fromBinaryHeaders,
  toBinaryHeaders,
} from './cloudevent.ts';

describe('percent-encoding of header values', () => {
  it.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['say "hi"', 'say%20%22hi%22'],
    ['100%', '100%25'],
    ['a\tb\nc', 'a%09b%0Ac'],
    ["!#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ['', ''],
    ['\u007f', '%7F'],
  ])('writes %j as %s', (value, header) => {
    expect(encodePercent(value)).toBe(header);
    expect(decodePercent(header)).toBe(value);
  });

  it.each([
    ['Euro%20%e2%82%ac', 'Euro €'],
    ['"quoted text"', 'quoted text'],
    ['"an \\"escape\\" and %41"', 'an "escape" and A'],
    ['"', '"'],
    ['50% off', '50% off'],
    ['%ZZ', '%ZZ'],
    ['%C3%28', '%C3%28'],
    ['%C3', '%C3'],
    ['%EF%BB%BFx', '\ufeffx'],
    ['é as it is', 'é as it is'],
  ])('reads %s as %j', (header, value) => {
    expect(decodePercent(header)).toBe(value);
  });

  it('replaces a lone surrogate, which has no UTF-8', () => {
    expect(decodePercent(encodePercent('a\ud800b'))).toBe('a\ufffdb');
  });

  it('gives any text back, over printable ASCII without spaces or quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const header = encodePercent(text);
        expect(header).toMatch(/^[\x21\x23-\x7e]*$/);
        expect(decodePercent(header)).toBe(text);
      }),
    );
  });
});

const event: CloudEvent<unknown> = {
  id: 'a b',
  specversion: '1.0',
  type: 't',
  source: '//s/Zoë',
  time: '2026-01-02T03:04:05.678Z',
  datacontenttype: 'application/json',
  partitionkey: 'k%',
  sequence: 7,
  subject: undefined as unknown as string,
  data: { x: 1 },
};

describe('binary mode', () => {
  it('has a header for every attribute with a value, and the content type as it is', () => {
    expect(toBinaryHeaders(event)).toEqual({
      'ce-id': 'a%20b',
      'ce-specversion': '1.0',
      'ce-type': 't',
      'ce-source': '//s/Zo%C3%AB',
      'ce-time': '2026-01-02T03:04:05.678Z',
      'ce-partitionkey': 'k%25',
      'ce-sequence': '7',
      'content-type': 'application/json',
    });
  });

  it('is read back by its inverse, which passes other headers by', () => {
    const attributes = fromBinaryHeaders({ ...toBinaryHeaders(event), host: 'x', 'set-cookie': ['a', 'b'] });
    const { data: _data, subject: _subject, ...expected } = { ...event, sequence: '7' };
    expect(attributes).toEqual(expected);
  });

  it('is read by the CloudEvents SDK', () => {
    const plain = { ...event, source: '//s/zoe', id: 'a', partitionkey: 'k' };
    const read = HTTP.toEvent({ headers: toBinaryHeaders(plain), body: JSON.stringify(plain.data) });
    expect(read).toMatchObject({ id: 'a', source: '//s/zoe', type: 't', partitionkey: 'k', data: { x: 1 } });
  });
});

describe('an event that functions-framework received in binary mode', () => {
  const received: CloudEvent<unknown>[] = [];
  cloudEvent('decoding', (one: CloudEvent<unknown>) => {
    received.push(one);
  });
  const server = getTestServer('decoding');
  beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise(resolve => server.close(resolve)));

  async function post(
    headers: Record<string, string>,
    body: Uint8Array | string,
  ): Promise<CloudEvent<unknown>> {
    const { port } = server.address() as AddressInfo;
    const status = await new Promise(resolve => {
      request({ host: '127.0.0.1', port, method: 'POST', headers }, response => {
        response.resume().on('end', () => resolve(response.statusCode));
      }).end(body);
    });
    expect(status).toBe(204);
    return received.at(-1)!;
  }

  it('gets its attributes and its content type back', async () => {
    const raw = await post(toBinaryHeaders(event), JSON.stringify(event.data));
    expect(raw.id).toBe('a%20b');
    const { subject: _subject, ...expected } = event;
    expect(decodeAttributes(raw)).toMatchObject({ ...expected, sequence: '7' });
  });

  it('is what encoding makes of the event for whoever calls a step without HTTP', async () => {
    expect(encodeAttributes(event)).toEqual(await post(toBinaryHeaders(event), JSON.stringify(event.data)));
    expect(decodeAttributes(encodeAttributes(event))).toEqual(
      decodeAttributes(await post(toBinaryHeaders(event), JSON.stringify(event.data))),
    );
  });

  it('is taken for protobuf when its data is bytes', async () => {
    const raw = await post(
      toBinaryHeaders({ ...event, datacontenttype: 'application/protobuf' }),
      Buffer.from([1, 2, 255]),
    );
    const decoded = decodeAttributes(raw);
    expect(decoded.datacontenttype).toBe('application/protobuf');
    expect(Buffer.from(decoded.data as Uint8Array)).toEqual(Buffer.from([1, 2, 255]));
  });

  it('takes the content type that is known over a guess, and leaves text data alone', () => {
    const text = { ...event, data: 'a%20b' };
    delete (text as { datacontenttype?: string }).datacontenttype;
    expect(decodeAttributes(text, 'text/plain')).toMatchObject({
      datacontenttype: 'text/plain',
      data: 'a%20b',
    });
    expect(decodeAttributes({ ...text, data: undefined })).not.toHaveProperty('datacontenttype');
  });
});

it('any attributes survive a real request', async () => {
  const seen: ReturnType<typeof fromBinaryHeaders>[] = [];
  const server = createServer((incoming, response) => {
    seen.push(fromBinaryHeaders(incoming.headers));
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    // A header without a value says the same as none: CloudEvents has no empty attributes.
    const text = fc.string({ unit: 'binary', minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, text, async (id, document) => {
        await fetch(`http://127.0.0.1:${port}/`, { headers: toBinaryHeaders({ id, document }) });
        expect(seen.at(-1)).toEqual({ id, document });
      }),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
