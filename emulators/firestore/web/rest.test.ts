import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../server.ts';
import type { DocumentChange } from '../types.ts';

const DATABASE = 'projects/demo-p/databases/(default)';
const ROOT = `${DATABASE}/documents`;
let emulator: FirestoreEmulator;
let changes: DocumentChange[] = [];
beforeAll(async () => {
  emulator = await startFirestore();
  emulator.onChange(all => void changes.push(...all));
});
afterAll(() => emulator.stop());

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`http://127.0.0.1:${emulator.port}/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const n = (value: number): object => ({ fields: { n: { integerValue: String(value) } } });

describe('documents', () => {
  test('are created, read, listed, changed and deleted under their own addresses', async () => {
    const made = await call('POST', `v1/${ROOT}/c?documentId=a`, n(1));
    expect(made.json).toMatchObject({ name: `${ROOT}/c/a`, ...n(1) });
    expect((await call('POST', `v1/${ROOT}/c?documentId=a`, n(1))).json).toMatchObject({
      error: { code: 409, status: 'ALREADY_EXISTS' },
    });
    const named = await call('POST', `v1/${ROOT}/c`, n(2));
    expect(named.json['name']).toMatch(/\/c\/[\w-]{20}$/);
    const patched = await call(
      'PATCH',
      `v1/${ROOT}/c/a?updateMask.fieldPaths=m&currentDocument.exists=true`,
      {
        fields: { m: { booleanValue: true } },
      },
    );
    expect(patched.json['fields']).toEqual({ n: { integerValue: '1' }, m: { booleanValue: true } });
    const masked = await call('GET', `v1/${ROOT}/c/a?mask.fieldPaths=n&mask.fieldPaths=x&key=any`);
    expect(masked.json).toEqual({
      name: `${ROOT}/c/a`,
      ...n(1),
      createTime: made.json['createTime'],
      updateTime: patched.json['updateTime'],
    });
    const listed = await call('GET', `v1/${ROOT}/c?pageSize=1&orderBy=n desc`);
    expect(listed.json['documents']).toMatchObject([{ name: named.json['name'] }]);
    const rest = await call(
      'GET',
      `v1/${ROOT}/c?pageSize=1&orderBy=n desc&pageToken=${listed.json['nextPageToken']}`,
    );
    expect(rest.json['documents']).toMatchObject([{ name: `${ROOT}/c/a` }]);
    expect(await call('DELETE', `v1/${ROOT}/c/a`)).toEqual({ status: 200, json: {} });
    expect((await call('GET', `v1/${ROOT}/c/a`)).json).toMatchObject({
      error: { code: 404, status: 'NOT_FOUND' },
    });
  });

  test('are read and written within a transaction', async () => {
    const name = `${ROOT}/t/a`;
    const begun = await call('POST', `v1/${ROOT}:beginTransaction`, {});
    const { transaction } = begun.json;
    const read = await call('POST', `v1/${ROOT}:batchGet`, { documents: [name], transaction });
    expect(read.json).toMatchObject([{ missing: name }]);
    const writes = [
      {
        update: { name, ...n(1) },
        updateTransforms: [{ fieldPath: 'n', increment: { integerValue: '4' } }],
      },
    ];
    const done = await call('POST', `v1/${ROOT}:commit`, { writes, transaction });
    expect(done.json).toMatchObject({ writeResults: [{ transformResults: [{ integerValue: '5' }] }] });
    const late = await call('POST', `v1/${ROOT}:commit`, { writes, transaction });
    expect(late).toMatchObject({ status: 400, json: { error: { status: 'INVALID_ARGUMENT' } } });
    const other = await call('POST', `v1/${ROOT}:batchGet`, { documents: [name], newTransaction: {} });
    expect(other.json).toMatchObject([{ transaction: expect.any(String) }, { found: n(5) }]);
    const again = (other.json as unknown as { transaction: string }[])[0];
    expect(
      (await call('POST', `v1/${ROOT}:rollback`, again && { transaction: again.transaction })).status,
    ).toBe(200);
  });

  test('written by batchWrite have each their own outcome', async () => {
    const writes = [
      { update: { name: `${ROOT}/b/a`, ...n(1) } },
      { update: { name: `${ROOT}/b/b`, ...n(1) }, currentDocument: { exists: true } },
    ];
    const { json } = await call('POST', `v1/${ROOT}:batchWrite`, { writes });
    expect(json['status']).toMatchObject([{}, { code: 5 }]);
  });

  test('are queried below their parents', async () => {
    await call('POST', `v1/${ROOT}/q/one/deep?documentId=x`, n(3));
    const query = { structuredQuery: { from: [{ collectionId: 'deep' }] } };
    expect((await call('POST', `v1/${ROOT}/q/one:runQuery`, query)).json).toMatchObject([
      { document: { name: `${ROOT}/q/one/deep/x` } },
    ]);
    expect((await call('POST', `v1/${ROOT}:runQuery`, query)).json).toEqual([
      { readTime: expect.any(String) },
    ]);
    const counted = await call('POST', `v1/${ROOT}/q/one:runAggregationQuery`, {
      structuredAggregationQuery: { ...query, aggregations: [{ alias: 'many', count: {} }] },
    });
    expect(counted.json).toMatchObject([{ result: { aggregateFields: { many: { integerValue: '1' } } } }]);
    expect((await call('POST', `v1/${ROOT}/q/one:listCollectionIds`, {})).json).toMatchObject({
      collectionIds: ['deep'],
    });
  });
});

describe('what is wrong', () => {
  test.each([
    ['POST', `v1/${ROOT}:commit`, '{', 400, 'INVALID_ARGUMENT'],
    ['POST', `v1/${ROOT}:commit`, { writes: [{ drop: 1 }] }, 400, 'INVALID_ARGUMENT'],
    ['POST', `v1/${ROOT}:commit`, { writes: [{ delete: 'elsewhere' }] }, 400, 'INVALID_ARGUMENT'],
    ['POST', `v1/${ROOT}:executePipeline`, {}, 501, 'UNIMPLEMENTED'],
    ['PUT', `v1/${ROOT}/c/a`, {}, 404, 'NOT_FOUND'],
    ['GET', 'v1/projects/p', undefined, 404, 'NOT_FOUND'],
    ['GET', 'v1/projects/p/databases/d/documents/c/%ff', undefined, 400, 'INVALID_ARGUMENT'],
    ['GET', `v1/${ROOT}/c?mask=a&mask.fieldPaths=b`, undefined, 400, 'INVALID_ARGUMENT'],
    ['GET', `v1/${ROOT}/c/a?constructor.x=1`, undefined, 404, 'NOT_FOUND'],
    ['GET', 'nothing', undefined, 404, 'NOT_FOUND'],
    ['POST', `v1/${ROOT}:constructor`, {}, 404, 'NOT_FOUND'],
    ['POST', 'google.firestore.v1.Firestore/constructor/channel', {}, 404, 'NOT_FOUND'],
    ['PUT', 'emulator/v1/projects/p:securityRules', {}, 501, 'UNIMPLEMENTED'],
  ])('%s %s %j answers %i %s', async (method, path, body, code, status) => {
    expect(await call(method, path, body)).toMatchObject({ status: code, json: { error: { code, status } } });
  });

  test('comes in a list where the answer would', async () => {
    expect((await call('POST', `v1/${ROOT}:runQuery`, {})).json).toMatchObject([
      { error: { code: 400, status: 'INVALID_ARGUMENT' } },
    ]);
  });
});

test('a page of any origin may ask', async () => {
  const url = `http://127.0.0.1:${emulator.port}/v1/${ROOT}:commit`;
  const origin = 'http://localhost:5173';
  const asked = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-headers': 'x-goog-api-client,authorization' },
  });
  expect(asked.status).toBe(204);
  expect(Object.fromEntries(asked.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': 'x-goog-api-client,authorization',
    'access-control-allow-methods': expect.stringContaining('PATCH'),
    vary: 'origin',
  });
  const refused = await fetch(url, { method: 'POST', headers: { origin }, body: '{' });
  expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
});

test('all documents of a database go at once, and those who watch hear of it', async () => {
  const other = 'projects/demo-p/databases/other/documents';
  await call('POST', `v1/${ROOT}/gone?documentId=a`, n(1));
  await call('POST', `v1/${other}/kept?documentId=a`, n(1));
  changes = [];
  expect(await call('DELETE', `emulator/v1/${ROOT}`)).toEqual({ status: 200, json: {} });
  expect(changes.map(change => change.name)).toContain(`${ROOT}/gone/a`);
  expect((await call('GET', `v1/${ROOT}/gone`)).json).toEqual({});
  expect((await call('GET', `v1/${other}/kept/a`)).status).toBe(200);
});
