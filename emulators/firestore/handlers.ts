import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { GrpcError, unimplemented } from '../grpc/errors.ts';
import { type Handlers, requestBytes } from '../grpc/server.ts';
import { type Context, callerOf } from './callers.ts';
import {
  batchGetResponse,
  listDocumentsResponse,
  rpcStatus,
  runQueryResponse,
  writeResult,
} from './encode.ts';
import type { Listeners } from './listeners.ts';
import { listCollectionIds, listDocuments, partitionQuery } from './listing.ts';
import { checkRequestSize } from './request-parts.ts';
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
} from './requests.ts';
import type { Service } from './service.ts';
import { authorization, listenCall, writeCall } from './streams.ts';
import { toTimestamp } from './values/time.ts';

export const SERVICE = 'google.firestore.v1.Firestore';

type Stream<Request> = ServerWritableStream<Request, unknown>;

/** Where a request names what it is about: it says which project a token has to be for. */
interface Named {
  readonly name?: string;
  readonly parent?: string;
  readonly database?: string;
  readonly document?: { readonly name?: string };
}

interface Peer {
  getPeer(): string;
}

/** @throws UNAUTHENTICATED */
function contextOf(request: Named, metadata: Metadata, call: Peer): Context {
  const resource = request.name ?? request.parent ?? request.database ?? request.document?.name;
  return { caller: callerOf(authorization(metadata), resource), peer: call.getPeer() };
}

type Unary<Request> = (request: Request, context: Context) => unknown;
type Streaming<Request> = (request: Request, context: Context, write: (message: unknown) => void) => unknown;

const unary =
  <Request extends Named>(answer: Unary<Request>) =>
  (request: Request, metadata: Metadata, call: Peer) =>
    answer(request, contextOf(request, metadata, call));

const streaming =
  <Request extends Named>(answer: Streaming<Request>) =>
  async (request: Request, call: Stream<Request>): Promise<void> => {
    const context = contextOf(request, call.metadata, call);
    await answer(request, context, message => call.write(message));
  };

/** The methods of the service as gRPC wants them; what they do is in service.ts, listing.ts and listen.ts. */
export function handlers(service: Service, listeners: Listeners): Handlers {
  return {
    GetDocument: unary(async (request: GetDocumentRequest, context) =>
      (await service.getDocument(request, context)).encode(),
    ),
    CreateDocument: unary(async (request: CreateDocumentRequest, context) =>
      (await service.createDocument(request, context)).encode(),
    ),
    UpdateDocument: unary(async (request: UpdateDocumentRequest, context) =>
      (await service.updateDocument(request, context)).encode(),
    ),
    DeleteDocument: unary(async (request: DeleteDocumentRequest, context) => {
      await service.deleteDocument(request, context);
      return {};
    }),
    BatchGetDocuments: streaming(async (request: BatchGetRequest, context, write) => {
      const { started, readTime, documents } = await service.batchGet(request, context);
      // The id of a new transaction comes first, in a message of its own.
      if (started) write({ transaction: transactionBytes(started), readTime: toTimestamp(readTime) });
      for (const { name, found } of documents) write(batchGetResponse(name, found, readTime));
    }),
    BeginTransaction: unary((request: BeginTransactionRequest, context) => ({
      transaction: transactionBytes(service.beginTransaction(request, context)),
    })),
    Rollback: (request: CommitRequest) => {
      service.rollback(request);
      return {};
    },
    Commit: unary(async (request: CommitRequest, context) => {
      checkRequestSize(requestBytes(request));
      const { writeResults, commitTime } = await service.commit(request, context);
      return { writeResults: writeResults.map(writeResult), commitTime: toTimestamp(commitTime) };
    }),
    BatchWrite: unary(async (request: CommitRequest, context) => {
      checkRequestSize(requestBytes(request));
      const results = await service.batchWrite(request, context);
      return {
        writeResults: results.map(result => (result instanceof GrpcError ? {} : writeResult(result))),
        status: results.map(result => (result instanceof GrpcError ? rpcStatus(result) : { code: 0 })),
      };
    }),
    RunQuery: streaming(async (request: RunQueryRequest, context, write) => {
      const { started, readTime, documents, skipped } = await service.runQuery(request, context);
      const at = toTimestamp(readTime);
      if (started) write({ transaction: transactionBytes(started), readTime: at });
      if (skipped > 0) write({ skippedResults: skipped, readTime: at });
      for (const document of documents) write(runQueryResponse(document, readTime));
      // Even an empty result says when it was read.
      if (documents.length === 0 && skipped === 0) write({ readTime: at });
    }),
    RunAggregationQuery: streaming(async (request: RunAggregationQueryRequest, context, write) => {
      const { started, readTime, fields } = await service.runAggregationQuery(request, context);
      write({
        result: { aggregateFields: fields },
        readTime: toTimestamp(readTime),
        ...(started && { transaction: transactionBytes(started) }),
      });
    }),
    ListDocuments: unary(async (request: ListDocumentsRequest, context) =>
      listDocumentsResponse(await listDocuments(service, request, context)),
    ),
    ListCollectionIds: unary((request: ListCollectionIdsRequest, context) =>
      listCollectionIds(service, request, context),
    ),
    PartitionQuery: unary((request: PartitionQueryRequest, context) =>
      partitionQuery(service, request, context),
    ),
    ExecutePipeline: () => {
      throw unimplemented(`${SERVICE}/ExecutePipeline`);
    },
    Listen: (call: Parameters<typeof listenCall>[1]) => listenCall(listeners, call),
    Write: (call: Parameters<typeof writeCall>[1]) => writeCall(service, call),
  };
}

const transactionBytes = (id: string): Buffer => Buffer.from(id, 'hex');
