import { expect, test } from 'vitest';
import { Database } from './database.ts';
import { listCollectionIds, listDocuments, partitionQuery } from './listing.ts';
import type { ListDocumentsRequest } from './requests.ts';
import { Service } from './service.ts';
import { idOf } from './values/paths.ts';

const SERVER = { caller: { admin: true } };
const ROOT = 'projects/p/databases/d/documents';

function start(paths: Readonly<Record<string, number>>): Service {
  const database = new Database();
  database.commit(
    Object.entries(paths).map(([path, n]) => ({
      update: { name: `${ROOT}/${path}`, fields: { n: { integerValue: String(n) } } },
    })),
  );
  return new Service(database);
}

/** Follows the page tokens to the end; one list of ids a page. */
async function pages(service: Service, request: ListDocumentsRequest): Promise<string[][]> {
  const result: string[][] = [];
  let pageToken = '';
  do {
    const page = await listDocuments(
      service,
      {
        parent: ROOT,
        collectionId: 'c',
        pageSize: 2,
        ...request,
        pageToken,
      },
      SERVER,
    );
    result.push(page.documents.map(doc => idOf(doc.name)));
    pageToken = page.nextPageToken;
  } while (pageToken && result.length < 20);
  return result;
}

test('the pages of a listing hold every document once, with those that are only named in their places', async () => {
  const service = start({
    'c/b': 1,
    'c/d': 2,
    'c/e': 3,
    'c/a/s/x': 4,
    'c/c/s/x': 5,
    'c/d/s/x': 6,
    'c/f/s/x/t/y': 7,
    'cc/a/s/x': 8,
  });
  expect(await pages(service, {})).toEqual([['b', 'd'], ['e']]);
  expect(await pages(service, { showMissing: true })).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ]);
  const { documents } = await listDocuments(
    service,
    { parent: ROOT, collectionId: 'c', showMissing: true },
    SERVER,
  );
  expect(documents.map(doc => doc.createTime > 0)).toEqual([false, true, false, true, true, false]);
});

test('the pages of an ordered listing follow its order, equal values included', async () => {
  const service = start({ 'c/a': 1, 'c/b': 2, 'c/c': 1, 'c/d': 2, 'c/e': 1 });
  expect(await pages(service, { orderBy: 'n desc, __name__' })).toEqual([['b', 'd'], ['a', 'c'], ['e']]);
  await expect(
    listDocuments(service, { parent: ROOT, collectionId: 'c', orderBy: 'n up' }, SERVER),
  ).rejects.toThrow('"n up"');
  await expect(pages(service, { orderBy: 'n', showMissing: true })).rejects.toThrow('show_missing');
});

test('the ids of collections come in pages too', () => {
  const service = start({ 'b/x': 1, 'a/x': 1, 'a/x/deep/y': 1, 'é/x': 1 });
  const first = listCollectionIds(service, { parent: ROOT, pageSize: 2 }, SERVER);
  expect(first.collectionIds).toEqual(['a', 'b']);
  const second = listCollectionIds(
    service,
    { parent: ROOT, pageSize: 2, pageToken: first.nextPageToken },
    SERVER,
  );
  expect(second).toEqual({ collectionIds: ['é'], nextPageToken: '' });
  expect(listCollectionIds(service, { parent: `${ROOT}/a/x` }, SERVER).collectionIds).toEqual(['deep']);
});

test('partitions come in pages, and only for a whole collection group', async () => {
  const service = start(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`c/d${i}`, i])));
  const structuredQuery = { from: [{ collectionId: 'c', allDescendants: true }] };
  const request = { parent: ROOT, structuredQuery, partitionCount: '2' };
  const cut = (at: number) => ({ values: [{ referenceValue: `${ROOT}/c/d${at}` }], before: true });
  expect(await partitionQuery(service, request, SERVER)).toEqual({
    partitions: [cut(3), cut(6)],
    nextPageToken: '',
  });
  const first = await partitionQuery(service, { ...request, pageSize: 1 }, SERVER);
  expect(first.partitions).toEqual([cut(3)]);
  const second = await partitionQuery(
    service,
    { ...request, pageSize: 1, pageToken: first.nextPageToken },
    SERVER,
  );
  expect(second).toEqual({ partitions: [cut(6)], nextPageToken: '' });
  const single = { ...request, structuredQuery: { from: [{ collectionId: 'c' }] } };
  await expect(partitionQuery(service, single, SERVER)).rejects.toThrow('collection group');
});
