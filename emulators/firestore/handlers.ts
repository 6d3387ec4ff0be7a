import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { GrpcError, unimplemented } from '../grpc/errors.ts';
import { type Handlers, requestBytes } from '../grpc/server.ts';
import {
  batchGetResponse,
  listDocumentsResponse,
  rpcStatus,
  runQueryResponse,
  writeResult,
} from './encode.ts';
import { Listeners } from './listeners.ts';
import { listCollectionIds, listDocuments, partitionQuery } from './listing.ts';
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
import { checkRequestSize, type Service } from './service.ts';
import { listenCall, writeCall } from './streams.ts';
import { toTimestamp } from './values/time.ts';

export const SERVICE = 'google.firestore.v1.Firestore';

interface Peer {
  getPeer(): string;
}

type Stream<Request> = ServerWritableStream<Request, unknown>;

/** The methods of the service as gRPC wants them; what they do is in service.ts, listing.ts and listen.ts. */
export function handlers(service: Service): Handlers {
  const listeners = new Listeners(service.database);
  return {
    GetDocument: async (request: GetDocumentRequest) => (await service.getDocument(request)).encode(),
    CreateDocument: async (request: CreateDocumentRequest) =>
      (await service.createDocument(request)).encode(),
    UpdateDocument: async (request: UpdateDocumentRequest) =>
      (await service.updateDocument(request)).encode(),
    DeleteDocument: async (request: DeleteDocumentRequest) => {
      await service.deleteDocument(request);
      return {};
    },
    BatchGetDocuments: (request: BatchGetRequest, call: Stream<BatchGetRequest>) =>
      batchGet(service, request, call),
    BeginTransaction: (request: BeginTransactionRequest, _: Metadata, call: Peer) => ({
      transaction: transactionBytes(service.beginTransaction(request, call.getPeer())),
    }),
    Rollback: (request: CommitRequest) => {
      service.rollback(request);
      return {};
    },
    Commit: async (request: CommitRequest) => {
      checkRequestSize(requestBytes(request));
      const { writeResults, commitTime } = await service.commit(request);
      return { writeResults: writeResults.map(writeResult), commitTime: toTimestamp(commitTime) };
    },
    BatchWrite: async (request: CommitRequest) => {
      checkRequestSize(requestBytes(request));
      const results = await service.batchWrite(request);
      return {
        writeResults: results.map(result => (result instanceof GrpcError ? {} : writeResult(result))),
        status: results.map(result => (result instanceof GrpcError ? rpcStatus(result) : { code: 0 })),
      };
    },
    RunQuery: (request: RunQueryRequest, call: Stream<RunQueryRequest>) => runQuery(service, request, call),
    RunAggregationQuery: async (
      request: RunAggregationQueryRequest,
      call: Stream<RunAggregationQueryRequest>,
    ): Promise<void> => {
      const { started, readTime, fields } = await service.runAggregationQuery(request, call.getPeer());
      call.write({
        result: { aggregateFields: fields },
        readTime: toTimestamp(readTime),
        ...(started && { transaction: transactionBytes(started) }),
      });
    },
    ListDocuments: async (request: ListDocumentsRequest) =>
      listDocumentsResponse(await listDocuments(service, request)),
    ListCollectionIds: (request: ListCollectionIdsRequest) => listCollectionIds(service, request),
    PartitionQuery: (request: PartitionQueryRequest) => partitionQuery(service, request),
    ExecutePipeline: () => {
      throw unimplemented(`${SERVICE}/ExecutePipeline`);
    },
    Listen: (call: Parameters<typeof listenCall>[1]) => listenCall(listeners, call),
    Write: (call: Parameters<typeof writeCall>[1]) => writeCall(service, call),
  };
}

const transactionBytes = (id: string): Buffer => Buffer.from(id, 'hex');
async function batchGet(
  service: Service,
  request: BatchGetRequest,
  call: Stream<BatchGetRequest>,
): Promise<void> {
  const { started, readTime, documents } = await service.batchGet(request, call.getPeer());
  const transaction = started && transactionBytes(started);
  // The id of a new transaction comes first, in a message of its own.
  if (transaction) call.write({ transaction, readTime: toTimestamp(readTime) });
  for (const { name, found } of documents) call.write(batchGetResponse(name, found, readTime));
}

async function runQuery(
  service: Service,
  request: RunQueryRequest,
  call: Stream<RunQueryRequest>,
): Promise<void> {
  const { started, readTime, documents, skipped } = await service.runQuery(request, call.getPeer());
  if (started) call.write({ transaction: transactionBytes(started), readTime: toTimestamp(readTime) });
  if (skipped > 0) call.write({ skippedResults: skipped, readTime: toTimestamp(readTime) });
  for (const document of documents) call.write(runQueryResponse(document, readTime));
  // Even an empty result says when it was read.
  if (documents.length === 0 && skipped === 0) call.write({ readTime: toTimestamp(readTime) });
}
