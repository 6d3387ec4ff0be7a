import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unsigned } from '../auth/token.ts';
import type { Access, JudgedWrite } from './access.ts';
import { type FirestoreEmulator, startFirestore } from './server.ts';
import { clientOf } from './testing.ts';
import type { DocumentChange } from './types.ts';

const ROOT = 'projects/demo-millrace/databases/(default)/documents';

/** Clients may do what they like with `open/…` and, signed in, with `mine/UID`. */
const judged: (readonly JudgedWrite[])[] = [];
const verdict = (allowed: boolean) => ({ allowed, reason: 'rules:1: not yours' });
const access: Access = {
  get: ({ auth }, name) => verdict(name.startsWith(`${ROOT}/open/`) || name === `${ROOT}/mine/${auth?.uid}`),
  list: (_, parent, query) => verdict(parent === ROOT && query.from?.[0]?.collectionId === 'open'),
  commit: (caller, writes) => {
    judged.push(writes);
    return verdict(writes.every(({ name, before }) => access.get(caller, name, before).allowed));
  },
};

let emulator: FirestoreEmulator;
let server: Firestore;
let changes: DocumentChange[] = [];
beforeAll(async () => {
  emulator = await startFirestore({ rules: { access: () => access, put: () => {} } });
  emulator.onChange(all => void changes.push(...all));
  server = clientOf(emulator.port);
});
beforeEach(() => {
  changes = [];
  judged.length = 0;
});
afterAll(async () => {
  await server.terminate();
  await emulator.stop();
});

const ada = unsigned({ sub: 'ada', aud: 'demo-millrace', iat: 1, exp: 4e9 });
const past = unsigned({ sub: 'ada', aud: 'demo-millrace', iat: 1, exp: 2 });
const alien = unsigned({ sub: 'ada', aud: 'elsewhere' });

async function post(method: string, body: object, token?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${emulator.port}/v1/${ROOT}:${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  });
  return { status: response.status, text: await response.text() };
}

const write = (id: string): object => ({ update: { name: `${ROOT}/${id}`, fields: {} } });

describe('over REST', () => {
  test.each([
    ['a server anything', 'owner', ['other/a', 'mine/ada'], 200],
    ['nobody what is open', undefined, ['open/a'], 200],
    ['nobody nothing else', undefined, ['open/b', 'other/b'], 403],
    ['a user what is hers', ada, ['mine/ada', 'open/ada'], 200],
    ['a user not what is another’s', ada, ['mine/bob'], 403],
    ['an expired sign-in nothing', past, ['open/c'], 401],
    ['a user of another project nothing', alien, ['open/c'], 401],
    ['a token that is none nothing', 'nonsense', ['open/c'], 401],
  ])('rules let %s', async (_, token, ids, status) => {
    const answer = await post('commit', { writes: ids.map(write) }, token);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.text).toContain('rules:1: not yours');
    expect(changes.length > 0).toBe(status === 200);
  });

  test('rules judge reads one by one and queries as a whole', async () => {
    await server.doc('open/a').set({});
    await server.doc('other/a').set({});
    const read = (...ids: string[]) => post('batchGet', { documents: ids.map(id => `${ROOT}/${id}`) });
    expect((await read('open/a', 'open/missing')).status).toBe(200);
    expect((await read('open/a', 'other/a')).status).toBe(403);
    const query = (collectionId: string) => ({ structuredQuery: { from: [{ collectionId }] } });
    expect((await post('runQuery', query('open'))).status).toBe(200);
    expect((await post('runQuery', query('other'))).status).toBe(403);
    const aggregation = { ...query('other'), aggregations: [{ count: {} }] };
    expect((await post('runAggregationQuery', { structuredAggregationQuery: aggregation })).status).toBe(403);
    expect((await post('listCollectionIds', {})).status).toBe(403);
    const list = `http://127.0.0.1:${emulator.port}/v1/${ROOT}/other`;
    expect((await fetch(list)).status).toBe(403);
  });

  test('a commit is judged once, with what it finds and what it leaves', async () => {
    await server.doc('open/x').set({ n: 1 });
    judged.length = 0;
    const fields = { n: { integerValue: '2' } };
    const writes = [
      { update: { name: `${ROOT}/open/x`, fields } },
      { delete: `${ROOT}/open/x` },
      write('open/y'),
    ];
    expect((await post('commit', { writes })).status).toBe(200);
    expect(judged).toHaveLength(1);
    const told = judged[0]!.map(({ name, method, before, after }) => [
      name.at(-1),
      method,
      before?.fields,
      after?.fields,
    ]);
    const before = { n: { integerValue: '1' } };
    expect(told).toEqual([
      ['x', 'delete', before, undefined],
      ['y', 'create', undefined, {}],
    ]);
  });
});

describe('over gRPC', () => {
  const client = (authorization: string): Firestore =>
    new Firestore({
      host: '127.0.0.1',
      port: emulator.port,
      ssl: false,
      projectId: 'demo-millrace',
      customHeaders: { Authorization: authorization },
    });
  const refusal = (db: Firestore): Promise<unknown> =>
    new Promise(resolve => {
      db.collection('other').onSnapshot(() => {}, resolve);
    });

  test.each([
    ['nobody without a token', '', 'open/g', { type: 'unauthenticated' }],
    ['who its token says', `Bearer ${ada}`, 'mine/ada', { type: 'user', uid: 'ada' }],
  ])('a client is %s', async (_, authorization, mine, author) => {
    const db = client(authorization);
    await db.doc(mine).set({ over: 'gRPC' });
    expect(changes[0]!.caller).toEqual(author);
    expect((await db.doc(mine).get()).exists).toBe(true);
    await expect(db.doc('other/g').set({})).rejects.toMatchObject({ code: 7 });
    expect(String(await refusal(db))).toContain('rules:1: not yours');
    await db.terminate();
  });

  test('a token that is none is refused', async () => {
    const db = client('Bearer nonsense');
    await expect(db.doc('open/g').set({})).rejects.toMatchObject({ code: 16 });
    await db.terminate();
  });
});

test('a change says who made it, also to those who ask after a restart', async () => {
  await server.doc('open/w').set({ n: 1 });
  await post('commit', { writes: [write('open/w')] });
  await post('commit', { writes: [write('mine/ada')] }, ada);
  const callers = [{ type: 'system' }, { type: 'unauthenticated' }, { type: 'user', uid: 'ada' }];
  expect(changes.map(change => change.caller).slice(0, 2)).toEqual(callers.slice(0, 2));

  const dir = mkdtempSync(join(tmpdir(), 'callers-'));
  const first = await startFirestore({ dir });
  const url = `http://127.0.0.1:${first.port}/v1/${ROOT}:commit`;
  for (const [i, token] of ['owner', undefined, ada].entries())
    await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ writes: [write(`kept/${i}`)] }),
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
    });
  await first.stop();
  const second = await startFirestore({ dir });
  expect(second.changesSince(0).map(change => change.caller)).toEqual(callers);
  await second.stop();
  rmSync(dir, { recursive: true });
});
