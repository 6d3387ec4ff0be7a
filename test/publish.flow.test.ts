import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { deleteApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInWithCustomToken } from 'firebase/auth';
import { deleteApp as deleteAdmin, initializeApp as initializeAdmin } from 'firebase-admin/app';
import { getAuth as adminAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PROJECT } from '../emulators/suite-address.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const KEYS = ['secret', 'flood']
  .map(key => `${key}:${createHash('sha256').update(key).digest('hex')}`)
  .join();

let millrace: TestSuite;
beforeAll(async () => {
  const environment = {
    MILLRACE_API_KEYS: KEYS,
    PUBLISH_EVENTS_PER_SECOND: '50',
  };
  millrace = await startTestSuite({ environment, origins: ['https://console.example'] });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

async function post(type: string, body: unknown, headers: Record<string, string> = {}, path = '/items') {
  const response = await fetch(`${millrace.suite.functions.endpoint('publish')}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, 'x-api-key': 'secret', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

const record = (key: string, value: number) => ({ at: '2026-03-01T12:00:30Z', key, value });
const event = (key: string, id: string) => ({
  specversion: '1.0',
  id,
  source: '/s',
  type: 't',
  data: record(key, 1),
});

async function counted(key: string): Promise<number | undefined> {
  return (await millrace.panes('items')).get('2026-03-01T12:00:00.000Z')?.[key]?.count;
}

describe('events published over HTTP', () => {
  it('in every mode are answered by their ids, and counted', async () => {
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-source': '/s', 'ce-type': 't' };
    const answers = [
      await post('application/cloudevents+json', event('http', 'a')),
      await post('application/json', record('http', 1), binary),
      await post('application/cloudevents-batch+json', [event('http', 'c'), event('http', 'd')]),
      await post('application/json', record('http', 1)),
      await post('application/json', [record('http', 1), record('http', 1)]),
      await post('application/x-ndjson', `${JSON.stringify(record('http', 1))}\n`, {
        'idempotency-key': 'k',
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
    expect(answers[2]!.body).toEqual({
      pipeline: 'items',
      ids: [
        { source: '/s', id: 'c' },
        { source: '/s', id: 'd' },
      ],
    });
    await expect.poll(() => counted('http'), { timeout: 15_000 }).toBe(8);
  });

  it('count once though the request is repeated', async () => {
    for (let n = 0; n < 3; n++) {
      await post('application/cloudevents-batch+json', [event('again', 'x'), event('again', 'y')]);
      await post('application/cloudevents+json', event('again', 'z'));
    }
    await millrace.suite.eventarc.idle();
    await expect.poll(() => counted('again'), { timeout: 15_000 }).toBe(3);
  });

  it('are refused with what is wrong', async () => {
    const refused = async (...[type, body, headers, path]: Parameters<typeof post>) => {
      const { status, body: answer } = await post(type, body, headers, path);
      return [status, (answer as { error: string }).error];
    };
    expect(await refused('application/cloudevents+json', { ...event('k', 'a'), id: 7 })).toEqual([
      400,
      expect.stringContaining('id is 7'),
    ]);
    expect(await refused('application/json', record('k', 1), {}, '/itmes')).toEqual([
      400,
      'There is no pipeline "itmes". There are: items. Did you mean items?',
    ]);
    expect(await refused('application/json', record('k', 1), { 'x-api-key': 'wrong' })).toEqual([
      401,
      expect.stringContaining('not known'),
    ]);
    expect(await refused('text/csv', 'a,b')).toEqual([415, expect.stringContaining('text/csv')]);
    expect(await refused('application/x-ndjson', ' '.repeat(1024 * 1024 + 1))).toEqual([
      413,
      expect.stringContaining('1048576'),
    ]);
    const broken = await fetch(`${millrace.suite.functions.endpoint('publish')}/items`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'secret' },
      body: '{"at"',
    });
    expect(broken.status).toBe(400);
    const get = await fetch(`${millrace.suite.functions.endpoint('publish')}/items`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('that flood are held back for so long as is said', async () => {
    const flood = { 'x-api-key': 'flood' };
    const many = Array.from({ length: 200 }, (_, n) => record('flood', n));
    expect((await post('application/json', many, flood)).status).toBe(202);
    const held = await post('application/json', many, flood);
    expect([held.status, held.headers.get('retry-after')]).toEqual([429, '2']);
    expect((await post('application/json', record('other', 1))).status).toBe(202);
  });

  it('whose sender goes away half-way do no harm', async () => {
    const url = new URL(`${millrace.suite.functions.endpoint('publish')}/items`);
    const headers = { 'content-type': 'application/json', 'x-api-key': 'secret', 'content-length': '100' };
    const gone = request(url, { method: 'POST', headers });
    gone.on('error', () => {});
    gone.write('{"at"');
    gone.destroy();
    expect((await post('application/json', record('after', 1))).status).toBe(202);
  });
});

describe('a user who has signed in', () => {
  /** A session in the web SDK of a user with these claims. */
  async function signIn(uid: string, claims: object) {
    const { FIREBASE_AUTH_EMULATOR_HOST: host } = millrace.suite.environment;
    const server = initializeAdmin({ projectId: PROJECT }, `admin of ${uid}`);
    onTestFinished(() => deleteAdmin(server));
    const admin = adminAuth(server);
    await admin.createUser({ uid });
    await admin.setCustomUserClaims(uid, claims);
    const app = initializeApp({ apiKey: 'any', projectId: PROJECT }, uid);
    const auth = getAuth(app);
    connectAuthEmulator(auth, `http://${host}`, { disableWarnings: true });
    const { user } = await signInWithCustomToken(auth, await admin.createCustomToken(uid));
    const token = await user.getIdToken();
    await deleteApp(app);
    return { token, admin };
  }
  const postAs = async (token: string, body: unknown = record('user', 1)) =>
    fetch(`${millrace.suite.functions.endpoint('publish')}/items`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        origin: 'https://console.example',
      },
      body: JSON.stringify(body),
    });

  it('publishes to the pipelines that the claim names, from a page of ours', async () => {
    const { token } = await signIn('ann', { publisher: ['items'] });
    const answer = await postAs(token);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      202,
      'https://console.example',
    ]);
    await expect.poll(() => counted('user'), { timeout: 15_000 }).toBe(1);
  });

  it('is refused without the claim, and once the token is revoked', async () => {
    const other = await signIn('bob', { publisher: ['others'] });
    const refused = await postAs(other.token);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error: 'You may not publish to "items": your claim "publisher" does not name it.' },
    ]);
    const { token, admin } = await signIn('eve', { publisher: '*' });
    expect((await postAs(token, record('eve', 1))).status).toBe(202);
    await admin.updateUser('eve', { disabled: true });
    const gone = await postAs(token);
    expect([gone.status, gone.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ]);
  });

  it('is held back alone', async () => {
    const { token } = await signIn('flo', { publisher: '*' });
    const many = Array.from({ length: 200 }, (_, n) => record('flood of one', n));
    expect((await postAs(token, many)).status).toBe(202);
    expect((await postAs(token, many)).status).toBe(429);
    expect((await post('application/json', record('other', 1))).status).toBe(202);
  });
});
