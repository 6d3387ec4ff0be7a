import { encodeFields } from '../../shared/events/firestore-wire.ts';
import { invalidArgument } from '../grpc/errors.ts';
import type { Context } from './callers.ts';
import { StoredDocument } from './document.ts';
import { masked } from './projection.ts';
import { parseQuery, type Query } from './query/parse.ts';
import { orderKeys } from './query/plan.ts';
import type { StructuredQuery } from './query/wire.ts';
import type { ListCollectionIdsRequest, ListDocumentsRequest, PartitionQueryRequest } from './requests.ts';
import type { Service } from './service.ts';
import { pathKey } from './values/keys.ts';
import { parseName } from './values/paths.ts';

const DEFAULT_PAGE = 300;
const NO_FIELDS = encodeFields({});

const toToken = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function fromToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw invalidArgument('page_token is not one that this service gave out.');
  }
}

/** A document that is only named, because there are documents below it, has no times: its `createTime` is 0. */
export async function listDocuments(
  service: Service,
  request: ListDocumentsRequest,
  context: Context,
): Promise<{ documents: StoredDocument[]; nextPageToken: string }> {
  if (request.showMissing && request.orderBy)
    throw invalidArgument('show_missing cannot be combined with order_by: missing documents have no fields.');
  const size = request.pageSize || DEFAULT_PAGE;
  const structuredQuery: StructuredQuery = {
    from: [{ collectionId: request.collectionId ?? '' }],
    orderBy: parseOrderBy(request.orderBy),
  };
  const { parent = '' } = request;
  const query = parseQuery(parent, structuredQuery);
  service.guard.mayList(context, { parent, structuredQuery: { ...structuredQuery, limit: { value: size } } });
  const after = request.pageToken ? (fromToken(request.pageToken) as string[]) : undefined;
  const { at } = service.readAt(request, context);
  const paged: Query = {
    ...query,
    startAt: after && { keys: after, before: false },
    limit: request.showMissing ? Number.POSITIVE_INFINITY : size + 1,
  };
  const { result } = await service.transactions.query(paged, at);
  let found = [...result.documents];
  if (request.showMissing) found = withMissing(service, request, found, after?.[0]);
  const documents = found.slice(0, size);
  const last = documents.at(-1);
  const more = last !== undefined && found.length > size;
  return {
    documents: documents.map(doc => masked(doc, request.mask)),
    nextPageToken: more ? toToken(orderKeys(query, last)) : '',
  };
}

function withMissing(
  service: Service,
  request: ListDocumentsRequest,
  found: readonly StoredDocument[],
  after = '',
): StoredDocument[] {
  const prefix = `${request.parent}/${request.collectionId}/`;
  const byName = new Map(found.map(doc => [doc.name, doc]));
  for (const collection of service.database.store.collectionNames()) {
    if (!collection.startsWith(prefix)) continue;
    const name = prefix + collection.slice(prefix.length).split('/', 1)[0]!;
    if (!service.database.store.get(name) && pathKey(name) > after)
      byName.set(name, new StoredDocument(name, NO_FIELDS, 0, 0));
  }
  return byKey([...byName.values()], doc => doc.name);
}

function byKey<T>(items: T[], nameOf: (item: T) => string): T[] {
  return items
    .map(item => [pathKey(nameOf(item)), item] as const)
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([, item]) => item);
}

/** `a desc, b.c` as in ListDocumentsRequest.order_by. */
function parseOrderBy(text: string | undefined): NonNullable<StructuredQuery['orderBy']> {
  if (!text) return [];
  return text.split(',').map(part => {
    const [fieldPath = '', direction = 'asc', ...rest] = part.trim().split(/\s+/);
    if (rest.length > 0 || !/^(asc|desc)$/i.test(direction))
      throw invalidArgument(
        `order_by "${part.trim()}" is not of the form "field", "field asc" or "field desc".`,
      );
    return { field: { fieldPath }, direction: direction.toLowerCase() === 'desc' ? 2 : 1 };
  });
}

export function listCollectionIds(
  service: Service,
  request: ListCollectionIdsRequest,
  context: Context,
): { collectionIds: string[]; nextPageToken: string } {
  parseName(request.parent ?? '');
  service.guard.mayAdminister(context, 'ListCollectionIds');
  const prefix = `${request.parent}/`;
  const ids = new Set<string>();
  for (const name of service.database.store.collectionNames())
    if (name.startsWith(prefix)) ids.add(name.slice(prefix.length).split('/', 1)[0]!);
  const after = request.pageToken ? pathKey(String(fromToken(request.pageToken))) : '';
  const sorted = byKey([...ids], id => id).filter(id => pathKey(id) > after);
  const collectionIds = sorted.slice(0, request.pageSize || DEFAULT_PAGE);
  return {
    collectionIds,
    nextPageToken: sorted.length > collectionIds.length ? toToken(collectionIds.at(-1)) : '',
  };
}

/** Cuts a collection group into parts of equal size; each cursor is where one part ends and the next begins. */
export async function partitionQuery(
  service: Service,
  request: PartitionQueryRequest,
  context: Context,
): Promise<{ partitions: object[]; nextPageToken: string }> {
  const count = Number(request.partitionCount ?? 0);
  service.guard.mayAdminister(context, 'PartitionQuery');
  if (count <= 0) throw invalidArgument('partition_count must be greater than zero.');
  const query = service.parse(request);
  if (!query.allDescendants || query.orders.length > 1 || query.orders[0]!.descending)
    throw invalidArgument('A partitioned query must span a collection group, ordered by __name__ ascending.');
  const { result } = await service.transactions.query(query, service.readAt(request, context).at);
  const total = result.documents.length;
  const points = new Set<number>();
  for (let i = 1; i <= count; i++) points.add(Math.floor((i * total) / (count + 1)));
  points.delete(0);
  const skip = request.pageToken ? Number(fromToken(request.pageToken)) : 0;
  const size = request.pageSize || count;
  const page = [...points].slice(skip, skip + size);
  return {
    partitions: page.map(at => ({ values: [{ referenceValue: result.documents[at]!.name }], before: true })),
    nextPageToken: skip + page.length < points.size ? toToken(skip + page.length) : '',
  };
}
