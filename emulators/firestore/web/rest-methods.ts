import { GrpcError, unimplemented } from '../../grpc/errors.ts';
import type { Context } from '../callers.ts';
import { listCollectionIds, listDocuments, partitionQuery } from '../listing.ts';
import type {
  BatchGetRequest,
  BeginTransactionRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  PartitionQueryRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
} from '../requests.ts';
import type { Service } from '../service.ts';
import {
  documentJson,
  filled,
  rpcStatusJson,
  timeJson,
  transactionJson,
  valueJson,
  writeResultJson,
} from './to-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the path of a request says. */
export interface Place {
  readonly database: string;
  /** A document, the parent of collections, or …/documents. */
  readonly name: string;
  /** Where the path names a collection below `name`. */
  readonly collectionId: string | undefined;
}

/** One method of the service over REST. Its answer is JSON; a streaming method answers with a list. */
export interface Method {
  /** Name of the request's type in google.firestore.v1. */
  readonly type: string;
  readonly streams: boolean;
  /** The request out of what the path says and the body. */
  request(place: Place, body: Json): Json;
  run(service: Service, request: object, context: Context): unknown;
}

type Bind = Method['request'];
const onDatabase: Bind = ({ database }, body) => ({ ...body, database });
const onParent: Bind = ({ name: parent }, body) => ({ ...body, parent });
const inCollection: Bind = ({ name: parent, collectionId }) => ({ parent, collectionId });
const newDocument: Bind = (place, document) => ({ ...inCollection(place, {}), document });
const onName: Bind = ({ name }) => ({ name });

function method<Request extends object>(
  type: string,
  request: Bind,
  run: (service: Service, request: Request, context: Context) => unknown,
  streams = false,
): Method {
  // The JSON has been read as this very type.
  return {
    type,
    streams,
    request,
    run: (service, request, context) => run(service, request as Request, context),
  };
}

const verbs: Readonly<Record<string, Method>> = {
  batchGet: method(
    'BatchGetDocumentsRequest',
    onDatabase,
    async (service, request: BatchGetRequest, context) => {
      const { started, readTime, documents } = await service.batchGet(request, context);
      const at = { readTime: timeJson(readTime) };
      const answers = documents.map(({ name, found }) =>
        found ? { found: documentJson(found), ...at } : { missing: name, ...at },
      );
      return started ? [{ ...transactionJson(started), ...at }, ...answers] : answers;
    },
    true,
  ),
  runQuery: method(
    'RunQueryRequest',
    onParent,
    async (service, request: RunQueryRequest, context) => {
      const { started, readTime, documents, skipped } = await service.runQuery(request, context);
      const at = { readTime: timeJson(readTime) };
      const answers: object[] = documents.map(document => ({ document: documentJson(document), ...at }));
      if (skipped > 0) answers.unshift({ skippedResults: skipped, ...at });
      if (started) answers.unshift({ ...transactionJson(started), ...at });
      // Even an empty result says when it was read.
      return answers.length > 0 ? answers : [at];
    },
    true,
  ),
  runAggregationQuery: method(
    'RunAggregationQueryRequest',
    onParent,
    async (service, request: RunAggregationQueryRequest, context) => {
      const { started, readTime, fields } = await service.runAggregationQuery(request, context);
      const entries = Object.entries(fields).map(([alias, value]) => [alias, valueJson(value)]);
      const result = { aggregateFields: Object.fromEntries(entries) };
      return [{ result, readTime: timeJson(readTime), ...(started && transactionJson(started)) }];
    },
    true,
  ),
  commit: method('CommitRequest', onDatabase, async (service, request: CommitRequest, context) => {
    const { writeResults, commitTime } = await service.commit(request, context);
    return filled({ writeResults: writeResults.map(writeResultJson), commitTime: timeJson(commitTime) });
  }),
  batchWrite: method('BatchWriteRequest', onDatabase, async (service, request: CommitRequest, context) => {
    const results = await service.batchWrite(request, context);
    return {
      writeResults: results.map(result => (result instanceof GrpcError ? {} : writeResultJson(result))),
      status: results.map(result => (result instanceof GrpcError ? rpcStatusJson(result) : {})),
    };
  }),
  beginTransaction: method(
    'BeginTransactionRequest',
    onDatabase,
    (service, request: BeginTransactionRequest, context) =>
      transactionJson(service.beginTransaction(request, context)),
  ),
  rollback: method('RollbackRequest', onDatabase, (service, request: CommitRequest) => {
    service.rollback(request);
    return {};
  }),
  listCollectionIds: method(
    'ListCollectionIdsRequest',
    onParent,
    (service, request: ListCollectionIdsRequest, context) =>
      filled(listCollectionIds(service, request, context)),
  ),
  partitionQuery: method(
    'PartitionQueryRequest',
    onParent,
    async (service, request: PartitionQueryRequest, context) =>
      filled(await partitionQuery(service, request, context)),
  ),
  executePipeline: method('ExecutePipelineRequest', onDatabase, () => {
    throw unimplemented('google.firestore.v1.Firestore/ExecutePipeline');
  }),
};

/** Methods named behind a colon: `POST …/documents:commit`. */
export const VERBS: ReadonlyMap<string, Method> = new Map(Object.entries(verbs));

/** Methods known by the HTTP method alone, on a document. */
export const OF_DOCUMENT: Readonly<Record<string, Method>> = {
  GET: method('GetDocumentRequest', onName, async (service, request: GetDocumentRequest, context) =>
    documentJson(await service.getDocument(request, context)),
  ),
  PATCH: method(
    'UpdateDocumentRequest',
    ({ name }, body) => ({ document: { ...body, name } }),
    async (service, request: UpdateDocumentRequest, context) =>
      documentJson(await service.updateDocument(request, context)),
  ),
  DELETE: method(
    'DeleteDocumentRequest',
    onName,
    async (service, request: DeleteDocumentRequest, context) => {
      await service.deleteDocument(request, context);
      return {};
    },
  ),
};

/** The same on a collection: the path fills `parent` and `collectionId`. */
export const OF_COLLECTION: Readonly<Record<string, Method>> = {
  GET: method(
    'ListDocumentsRequest',
    inCollection,
    async (service, request: ListDocumentsRequest, context) => {
      const { documents, nextPageToken } = await listDocuments(service, request, context);
      return {
        ...(documents.length > 0 && { documents: documents.map(documentJson) }),
        ...(nextPageToken && { nextPageToken }),
      };
    },
  ),
  POST: method(
    'CreateDocumentRequest',
    newDocument,
    async (service, request: CreateDocumentRequest, context) =>
      documentJson(await service.createDocument(request, context)),
  ),
};
