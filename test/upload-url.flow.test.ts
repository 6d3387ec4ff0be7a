import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { uploadId } from '../functions/ingest/upload.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const ORIGIN = 'https://console.example';
const CHUNK = 256 * 1024;
const LINE = `${JSON.stringify({ at: '2026-03-01T12:00:30Z', key: 'page', value: 1 })}\n`;

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite({ environment: { UPLOAD_MAX_BYTES: '1000000' }, origins: [ORIGIN] });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

/** An ID token as the Auth emulator gives it. */
async function tokenOf(uid: string, claims: object): Promise<string> {
  const server = initializeApp({ projectId: PROJECT }, `admin of ${uid}`);
  const token = await getAuth(server).createCustomToken(uid, claims);
  await deleteApp(server);
  const { FIREBASE_AUTH_EMULATOR_HOST: host } = millrace.suite.environment;
  const url = `http://${host}/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken?key=any`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ token }) });
  return ((await answer.json()) as { idToken: string }).idToken;
}

interface Offer {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly file: string;
  readonly error?: string;
}

async function ask(token: string | undefined, body: object): Promise<Offer & { status: number }> {
  const response = await fetch(`${millrace.suite.functions.endpoint('upload-url')}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: ORIGIN,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { ...((await response.json()) as Offer), status: response.status };
}

const open = ({ url, method, headers }: Offer, more: Record<string, string> = {}) =>
  fetch(url, { method, headers: { ...headers, origin: ORIGIN, ...more } });

/** Headers that a page may send, as a browser asks before. */
async function allowed(url: string, method: string): Promise<string[]> {
  const headers = { origin: ORIGIN, 'access-control-request-method': method };
  const answer = await fetch(url, { method: 'OPTIONS', headers });
  expect(answer.status).toBe(200);
  return (answer.headers.get('access-control-allow-headers') ?? '').split(', ');
}

describe('a file of a page', () => {
  it('goes straight into the bucket, over an interruption, and is counted', async () => {
    const lines = Math.ceil((CHUNK + 1000) / LINE.length);
    const bytes = Buffer.from(LINE.repeat(lines));
    const token = await tokenOf('ann', { publisher: ['items'] });
    const asked = {
      pipeline: 'items',
      name: 'items.ndjson',
      contentType: 'application/x-ndjson',
      size: bytes.length,
    };
    const offer = await ask(token, asked);
    expect(offer.status).toBe(201);
    expect(await allowed(offer.url, 'POST')).toEqual(expect.arrayContaining(Object.keys(offer.headers)));
    const opened = await open(offer);
    expect([opened.status, opened.headers.get('access-control-allow-origin')]).toEqual([201, ORIGIN]);
    const session = opened.headers.get('location')!;
    expect(await allowed(session, 'PUT')).toContain('content-range');
    expect(opened.headers.get('access-control-expose-headers')).toMatch(/location.*range.*x-goog-generation/);
    const put = (range: string, body?: Buffer) =>
      fetch(session, {
        method: 'PUT',
        headers: { origin: ORIGIN, 'content-range': range },
        ...(body && { body: new Uint8Array(body) }),
      });
    await put(`bytes 0-${CHUNK - 1}/${bytes.length}`, bytes.subarray(0, CHUNK));
    // The page was closed in between, and asks how far it has come.
    expect((await put(`bytes */${bytes.length}`)).headers.get('range')).toBe(`bytes=0-${CHUNK - 1}`);
    const last = await put(`bytes ${CHUNK}-${bytes.length - 1}/${bytes.length}`, bytes.subarray(CHUNK));
    expect(last.status).toBe(200);
    const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.*)$/.exec(offer.file) ?? [];
    const id = uploadId({ bucket, name, generation: last.headers.get('x-goog-generation')! });
    expect(await millrace.settled(id)).toMatchObject({
      pipeline: 'items',
      uploader: 'ann',
      state: 'done',
      counts: { records: lines },
    });
    expect((await millrace.panes('items')).get('2026-03-01T12:00:00.000Z')?.['page']?.count).toBe(lines);
    // Nothing replaces it by the same URL.
    expect((await open(offer)).status).toBe(412);
  });

  it('may be no other than the one that was asked for', async () => {
    const token = await tokenOf('bob', { publisher: '*' });
    const offer = await ask(token, { pipeline: 'items', name: 'a.ndjson', size: 10 });
    expect((await open(offer, { 'x-goog-meta-uploader': 'eve' })).status).toBe(403);
    expect((await open({ ...offer, url: offer.url.replace('/bob/', '/eve/') })).status).toBe(403);
    const session = (await open(offer)).headers.get('location')!;
    const larger = await fetch(session, { method: 'PUT', body: LINE });
    expect([larger.status, /<Code>(\w+)</.exec(await larger.text())?.[1]]).toEqual([400, 'EntityTooLarge']);
  });

  it('is refused to those who may not, with the reason', async () => {
    const asked = { pipeline: 'items', name: 'a.csv', size: 10 };
    const refused = async (token: string | undefined, body: object) => {
      const { status, error } = await ask(token, body);
      return [status, error];
    };
    expect(await refused(undefined, asked)).toEqual([401, expect.stringContaining('Nobody has signed in')]);
    expect(await refused('x.y.z', asked)).toEqual([401, expect.stringContaining('not valid here')]);
    const reader = await tokenOf('reader', {});
    expect(await refused(reader, asked)).toEqual([403, expect.stringContaining('may not upload to "items"')]);
    const all = await tokenOf('all', { publisher: '*' });
    expect(await refused(all, { ...asked, pipeline: 'itmes' })).toEqual([
      400,
      expect.stringContaining('Did you mean items?'),
    ]);
    expect(await refused(all, { ...asked, size: 1_000_001 })).toEqual([
      413,
      expect.stringContaining('1000000'),
    ]);
    const get = await fetch(`${millrace.suite.functions.endpoint('upload-url')}`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
