import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Fixture, fixture } from '../testing.ts';

const CHUNK = 256 * 1024;
const BYTES = randomBytes(2 * CHUNK + 77);
const ORIGIN = 'http://localhost:8700';
const part = (start: number, end = BYTES.length) => new Uint8Array(BYTES.subarray(start, end));

async function begin({ url }: Fixture, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/uploads/dir/a%20b`, {
    method: 'POST',
    headers: { 'x-goog-resumable': 'start', ...headers },
  });
}
const put = (session: string, range: string, body?: Uint8Array<ArrayBuffer>) =>
  fetch(session, {
    method: 'PUT',
    headers: { 'content-range': range, origin: ORIGIN },
    ...(body && { body }),
  });

describe('a resumable upload of the XML API', () => {
  it('goes on after an interruption, and ends with the object that its headers describe', async () => {
    const scene = await fixture();
    const started = await begin(scene, {
      'content-type': 'text/csv',
      'cache-control': 'no-store',
      'x-goog-meta-uploader': 'ann',
    });
    expect(started.status).toBe(201);
    const session = started.headers.get('location')!;
    const first = await put(session, `bytes 0-${CHUNK - 1}/${BYTES.length}`, part(0, CHUNK));
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${CHUNK - 1}`]);
    const asked = await put(session, `bytes */${BYTES.length}`);
    expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${CHUNK - 1}`]);
    const last = await put(session, `bytes ${CHUNK}-${BYTES.length - 1}/${BYTES.length}`, part(CHUNK));
    expect([last.status, await last.text(), last.headers.get('x-goog-stored-content-length')]).toEqual([
      200,
      '',
      String(BYTES.length),
    ]);
    const file = scene.client.bucket('uploads').file('dir/a b');
    expect((await file.download())[0].equals(BYTES)).toBe(true);
    expect((await file.getMetadata())[0]).toMatchObject({
      contentType: 'text/csv',
      cacheControl: 'no-store',
      metadata: { uploader: 'ann' },
    });
    expect(scene.events()).toEqual(['finalized dir/a b']);
  });

  it('keeps within its range of sizes, as soon as that can be told', async () => {
    const scene = await fixture();
    const session = async () =>
      (await begin(scene, { 'x-goog-content-length-range': '10,1000' })).headers.get('location')!;
    const refused = async (range: string, body?: Uint8Array<ArrayBuffer>) => {
      const response = await put(await session(), range, body);
      return [response.status, /<Code>(\w+)</.exec(await response.text())?.[1]];
    };
    expect(await refused('bytes 0-262143/300000', part(0, CHUNK))).toEqual([400, 'EntityTooLarge']);
    expect(await refused('bytes 0-*/*', part(0, 1001))).toEqual([400, 'EntityTooLarge']);
    expect(await refused('bytes 0-8/9', part(0, 9))).toEqual([400, 'EntityTooSmall']);
    expect((await put(await session(), 'bytes 0-999/1000', part(0, 1000))).status).toBe(200);
    expect(scene.events()).toEqual(['finalized dir/a b']);
  });

  it('is refused before the rest comes, by the total that is announced or by what has come', async () => {
    const scene = await fixture();
    const session = async (most: number) =>
      (await begin(scene, { 'x-goog-content-length-range': `0,${most}` })).headers.get('location')!;
    const announced = await put(
      await session(CHUNK + 1),
      `bytes 0-${CHUNK - 1}/${CHUNK + 2}`,
      part(0, CHUNK),
    );
    expect(announced.status).toBe(400);
    const endless = request(await session(CHUNK), { method: 'PUT' });
    endless.on('error', () => {});
    endless.write(part(0, 2 * CHUNK));
    const [response] = (await once(endless, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(400);
    endless.destroy();
  });

  it('holds its precondition, and ends where it is cancelled', async () => {
    const scene = await fixture();
    const once = { 'x-goog-if-generation-match': '0' };
    const session = (await begin(scene, once)).headers.get('location')!;
    expect((await put(session, 'bytes 0-8/9', part(0, 9))).status).toBe(200);
    expect((await begin(scene, once)).status).toBe(412);
    const other = (await begin(scene)).headers.get('location')!;
    expect((await fetch(other, { method: 'DELETE' })).status).toBe(499);
    expect((await put(other, 'bytes 0-8/9', part(0, 9))).status).toBe(404);
  });

  it.each<[number, Record<string, string>]>([
    [501, { 'x-goog-resumable': 'stop' }],
    [400, { 'x-goog-content-length-range': '5' }],
    [400, { 'x-goog-content-length-range': '9,5' }],
  ])('is refused by %d with %j', async (status, headers) => {
    expect((await begin(await fixture(), headers)).status).toBe(status);
  });
});

describe('a page', () => {
  const preflight = (url: string, method: string, origin = ORIGIN) =>
    fetch(`${url}/uploads/a?upload_id=x`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'x-goog-resumable',
      },
    });
  const cors = [
    {
      origin: [ORIGIN],
      method: ['POST', 'PUT'],
      responseHeader: ['Location', 'X-Goog-Resumable'],
      maxAgeSeconds: 60,
    },
  ];

  it('of an origin that the bucket names may send and read what it names', async () => {
    const { url, client } = await fixture();
    await client.bucket('uploads').setCorsConfiguration(cors);
    const answer = await preflight(url, 'PUT');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'POST, PUT',
      'access-control-allow-headers': 'Location, X-Goog-Resumable',
      'access-control-max-age': '60',
    });
    const gone = await put(`${url}/uploads/a?upload_id=x`, 'bytes */*');
    expect([gone.status, gone.headers.get('access-control-allow-origin')]).toEqual([404, ORIGIN]);
    expect(gone.headers.get('access-control-expose-headers')).toBe('Location, X-Goog-Resumable');
  });

  it('of another origin, or with another method, may not', async () => {
    const { url, client } = await fixture();
    expect((await preflight(url, 'PUT')).headers.has('access-control-allow-origin')).toBe(false);
    await client.bucket('uploads').setCorsConfiguration(cors);
    for (const answer of [await preflight(url, 'GET'), await preflight(url, 'PUT', 'https://evil.example')])
      expect([answer.status, answer.headers.has('access-control-allow-origin')]).toEqual([200, false]);
    await client.bucket('uploads').setCorsConfiguration([{ origin: ['*'], method: ['*'] }]);
    expect((await preflight(url, 'DELETE')).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('gets nothing out of a bucket, nor into it, without a signature', async () => {
    const { url, client, events } = await fixture();
    await client.bucket('uploads').file('a').save('secret', { resumable: false });
    const headers = { origin: ORIGIN };
    for (const [method, path] of [
      ['GET', '/uploads/a'],
      ['PUT', '/uploads/b'],
      ['POST', '/upload/storage/v1/b/uploads/o?uploadType=media&name=b'],
      ['GET', '/storage/v1/b/uploads/o'],
    ] as const) {
      expect((await fetch(`${url}${path}`, { method, headers })).status).toBe(403);
    }
    expect(events()).toEqual(['finalized a']);
  });
});
