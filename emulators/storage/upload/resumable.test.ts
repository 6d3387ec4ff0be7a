import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStorage } from '../storage.ts';
import { errorOf, type Fixture, fixture } from '../testing.ts';

const CHUNK = 256 * 1024;
const BYTES = randomBytes(5 * CHUNK + 123);

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'storage-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** The address of a new session. */
async function begin({ url }: Pick<Fixture, 'url'>, query = '', init: RequestInit = {}): Promise<string> {
  const response = await fetch(`${url}/upload/storage/v1/b/uploads/o?uploadType=resumable&name=a${query}`, {
    method: 'POST',
    body: '{"contentType":"text/csv"}',
    ...init,
  });
  expect(response.status).toBe(200);
  return response.headers.get('location')!;
}

/** One PUT; the bytes that Range says are stored, or the object's size once done. */
async function put(
  session: string,
  range: string | undefined,
  body?: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const init = {
    method: 'PUT',
    headers: { ...(range && { 'content-range': range }), ...headers },
    ...(body && { body }),
  };
  const response = await fetch(session, { ...init, redirect: 'manual' });
  return { status: response.status, range: response.headers.get('range'), response };
}

const part = (start: number, end: number) => new Uint8Array(BYTES.subarray(start, end));

describe('resumable uploads through the official client', () => {
  it('arrive whole, in one request', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('dir/big.bin');
    await file.save(BYTES, { resumable: true, metadata: { contentType: 'a/b', metadata: { k: 'v' } } });
    expect((await file.download())[0].equals(BYTES)).toBe(true);
    expect((await file.getMetadata())[0]).toMatchObject({ contentType: 'a/b', metadata: { k: 'v' } });
    expect(events()).toEqual(['finalized dir/big.bin']);
  });

  it('arrive whole, chunk by chunk', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('big.bin');
    await file.save(BYTES, { resumable: true, chunkSize: CHUNK });
    expect((await file.download())[0].equals(BYTES)).toBe(true);
    expect(events()).toEqual(['finalized big.bin']);
  });

  it('may be empty', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    await bucket.file('a').save('', { resumable: true });
    await bucket.file('b').save('', { resumable: true, chunkSize: CHUNK });
    expect((await bucket.getFiles())[0].map(file => file.metadata.size)).toEqual(['0', '0']);
  });

  it('hold their precondition, first and last', async () => {
    const scene = await fixture();
    const file = scene.client.bucket('uploads').file('a');
    const late = await begin(scene, '&ifGenerationMatch=0');
    await file.save('x', { resumable: true, preconditionOpts: { ifGenerationMatch: 0 } });
    await expect(
      file.save('y', { resumable: true, preconditionOpts: { ifGenerationMatch: 0 } }),
    ).rejects.toMatchObject({ code: 412 });
    expect((await put(late, undefined, part(0, 9))).status).toBe(412);
    expect(scene.events()).toEqual(['finalized a']);
  });
});

describe('resumable uploads on the wire', () => {
  it('say how far they are, and end with the last chunk', async () => {
    const scene = await fixture();
    const session = await begin(scene);
    expect(await put(session, 'bytes */*')).toMatchObject({ status: 308, range: null });
    expect(await put(session, `bytes 0-${CHUNK - 1}/*`, part(0, CHUNK))).toMatchObject({
      status: 308,
      range: `bytes=0-${CHUNK - 1}`,
    });
    expect(await put(session, 'bytes */*')).toMatchObject({ status: 308, range: `bytes=0-${CHUNK - 1}` });
    const done = await put(
      session,
      `bytes ${CHUNK}-${BYTES.length - 1}/${BYTES.length}`,
      part(CHUNK, BYTES.length),
    );
    expect(await done.response.json()).toMatchObject({ size: String(BYTES.length), contentType: 'text/csv' });
    // A client that lost the answer asks again.
    expect((await put(session, 'bytes */*')).status).toBe(200);
    expect(scene.events()).toEqual(['finalized a']);
    const [bytes] = await scene.client.bucket('uploads').file('a').download();
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it('keep whole multiples of a chunk in the middle, and skip what they have already', async () => {
    const scene = await fixture();
    const session = await begin(scene);
    expect(await put(session, `bytes 0-${CHUNK + 99}/*`, part(0, CHUNK + 100))).toMatchObject({
      range: `bytes=0-${CHUNK - 1}`,
    });
    expect((await put(session, `bytes 10-*/${BYTES.length}`, part(10, BYTES.length))).status).toBe(200);
    const [bytes] = await scene.client.bucket('uploads').file('a').download();
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it('end with a status query that gives the total', async () => {
    const session = await begin(await fixture());
    await put(session, `bytes 0-${CHUNK - 1}/*`, part(0, CHUNK));
    expect((await put(session, `bytes */${CHUNK + 1}`)).status).toBe(308);
    expect((await put(session, `bytes */${CHUNK}`)).status).toBe(200);
  });

  it('refuse gaps, chunks that are too small, bodies that are too long and ranges that are none', async () => {
    const scene = await fixture();
    const session = await begin(scene);
    expect((await put(session, 'bytes 5-9/10', part(5, 10))).status).toBe(400);
    expect((await put(session, 'bytes 0-9/*', part(0, 10))).status).toBe(400);
    expect((await put(session, 'bytes 0-4/10', part(0, 5))).status).toBe(400);
    expect((await put(session, 'bytes 9-2/10', part(0, 5))).status).toBe(400);
    expect((await put(session, 'bytes 0-4/5', part(0, 10))).status).toBe(400);
    expect((await put(`${session}x`, 'bytes */*')).status).toBe(404);
    expect((await put(session.replace(/upload_id=.*/, 'upload_id=../x'), 'bytes */*')).status).toBe(404);
    expect((await put(session.replace(/&upload_id=.*/, ''), 'bytes */*')).status).toBe(400);
    expect(scene.events()).toEqual([]);
  });

  it('verify the announced length and the checksum of the last request', async () => {
    const scene = await fixture();
    const announced = await begin(scene, '', { headers: { 'x-upload-content-length': '11' } });
    expect((await put(announced, undefined, part(0, 9))).status).toBe(400);
    const hashed = await begin(scene);
    const { response } = await put(hashed, 'bytes 0-8/9', part(0, 9), { 'x-goog-hash': 'crc32c=AAAAAA==' });
    expect(await errorOf(response)).toMatchObject({ code: 400, message: expect.stringContaining('CRC32C') });
    expect((await put(hashed, 'bytes */*')).status).toBe(404);
    expect(scene.events()).toEqual([]);
  });

  it('are answered once the event is taken, also when that takes several tries', async () => {
    const scene = await fixture();
    let full = true;
    const taken: string[] = [];
    scene.emulator.onChange(({ event }) => {
      if (full) throw new Error('queue full');
      taken.push(event);
    });
    const session = await begin(scene);
    expect((await put(session, 'bytes 0-8/9', part(0, 9))).status).toBe(503);
    expect((await put(session, 'bytes */*')).status).toBe(503);
    full = false;
    expect((await put(session, 'bytes */*')).status).toBe(200);
    expect(taken).toEqual(['finalized']);
  });

  it('are cancelled by DELETE, answered with 499', async () => {
    const scene = await fixture();
    const session = await begin(scene);
    await put(session, `bytes 0-${CHUNK - 1}/*`, part(0, CHUNK));
    expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
    expect((await put(session, 'bytes */*')).status).toBe(404);
  });

  it('say 200 with the code in a header where the client cannot have a 308', async () => {
    const session = await begin(await fixture());
    const { status, response } = await put(session, 'bytes */*', undefined, { 'x-guploader-no-308': 'yes' });
    expect([status, response.headers.get('x-http-status-code-override')]).toEqual([200, '308']);
  });

  it('go on after a broken connection where the bytes ended', async () => {
    const scene = await fixture();
    const session = new URL(await begin(scene));
    let stored = 0;
    // On a busy machine the first bytes may take their time to come through.
    for (let wait = 50; stored === 0 && wait < 10_000; wait *= 2) {
      const req = request(session, {
        method: 'PUT',
        headers: {
          'content-range': `bytes 0-${BYTES.length - 1}/${BYTES.length}`,
          'content-length': BYTES.length,
        },
      });
      req.on('error', () => {});
      await new Promise(resolve => req.write(part(0, 4 * CHUNK), resolve));
      await setTimeout(wait);
      // The old connection is not even closed: the new one wins.
      const { status, range } = await put(session.href, 'bytes */*');
      expect(status).toBe(308);
      stored = range === null ? 0 : Number(range.split('-')[1]) + 1;
    }
    expect(stored).toBeGreaterThan(0);
    const rest = `bytes ${stored}-${BYTES.length - 1}/${BYTES.length}`;
    expect((await put(session.href, rest, part(stored, BYTES.length))).status).toBe(200);
    const [bytes] = await scene.client.bucket('uploads').file('a').download();
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it('go on after a restart, with the right checksums', async () => {
    const dir = folder();
    const first = await startStorage({ dir });
    first.createBucket('uploads');
    const session = await begin({ url: `http://127.0.0.1:${first.port}` });
    await put(session, `bytes 0-${CHUNK - 1}/*`, part(0, CHUNK));
    await first.stop();
    const { url, client } = await fixture({ dir });
    const again = `${url}${new URL(session).pathname}${new URL(session).search}`;
    expect(await put(again, 'bytes */*')).toMatchObject({ status: 308, range: `bytes=0-${CHUNK - 1}` });
    const rest = `bytes ${CHUNK}-${BYTES.length - 1}/${BYTES.length}`;
    expect((await put(again, rest, part(CHUNK, BYTES.length))).status).toBe(200);
    const [bytes] = await client.bucket('uploads').file('a').download({ validation: 'crc32c' });
    expect(bytes.equals(BYTES)).toBe(true);
    expect(readdirSync(join(dir, 'sessions'))).toEqual([]);
  });
});
