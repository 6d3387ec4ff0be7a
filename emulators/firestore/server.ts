import type { Metadata, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type { Emulator } from '../emulator.ts';
import { GrpcError, type status, unimplemented } from '../grpc/errors.ts';
import {
  addService,
  type Handlers,
  listenToPeers,
  loadProtos,
  newServer,
  requestBytes,
  serviceError,
} from '../grpc/server.ts';
import { Database, type WriteResult } from './database.ts';
import { batchGetResponse, documentChange, listDocumentsResponse, runQueryResponse } from './encode.ts';
import type { Change } from './history.ts';
import { Listeners, type ListenMessage, ListenStream, resumeToken, type WireTarget } from './listen.ts';
import { listCollectionIds, listDocuments, partitionQuery } from './listing.ts';
import { openDatabase } from './log.ts';
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
import { checkRequestSize, Service } from './service.ts';
import type { DocumentChange } from './types.ts';
import { toTimestamp } from './values/time.ts';

export interface FirestoreOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Keeps the documents in this folder; without it they live in memory only. */
  readonly dir?: string;
}

export interface FirestoreEmulator extends Emulator {
  /**
   * Called at each commit, in commit order, once it is durable and before the client gets its answer; a promise it
   * returns is awaited before the answer, though not before the next commit. Returns the way to stop.
   */
  onChange(listener: (changes: readonly DocumentChange[]) => unknown): () => void;
  /** Changes after this sequence. Throws a RangeError where some of them are no longer kept. */
  changesSince(sequence: number): readonly DocumentChange[];
}

const SERVICE = 'google.firestore.v1.Firestore';

export async function startFirestore(options: FirestoreOptions = {}): Promise<FirestoreEmulator> {
  const opened = options.dir === undefined ? undefined : openDatabase(options.dir);
  const database = opened?.database ?? new Database();
  const service = new Service(database);
  const server = newServer();
  addService(server, loadProtos('@google-cloud/firestore', 'v1.json'), SERVICE, handlers(service));
  const emulator = await listenToPeers(server, options.port ?? 0, peer => service.transactions.abandon(peer));
  return {
    ...emulator,
    onChange: listener => database.onCommit(changes => listener(changes.map(toDocumentChange))),
    changesSince(sequence) {
      const { history } = database;
      if (sequence < history.floorSequence)
        throw new RangeError(
          `Changes up to ${history.floorSequence} are no longer kept, so those after ${sequence} are incomplete.`,
        );
      return history.afterSequence(sequence).map(toDocumentChange);
    },
    async stop() {
      service.transactions.stop();
      await emulator.stop();
      opened?.close();
    },
  };
}

function toDocumentChange(change: Change): DocumentChange {
  return {
    sequence: change.sequence,
    name: change.name,
    before: change.before?.toDocument(),
    after: change.after?.toDocument(),
    commitTime: toTimestamp(change.time),
  };
}

interface Peer {
  getPeer(): string;
}

type Stream<Request> = ServerWritableStream<Request, unknown>;

function handlers(service: Service): Handlers {
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
    Listen: (call: ServerDuplexStream<ListenRequest, unknown>) => listenCall(listeners, call),
    Write: (call: ServerDuplexStream<WriteStreamRequest, unknown>) => writeCall(service, call),
  };
}

const transactionBytes = (id: string): Buffer => Buffer.from(id, 'hex');
const rpcStatus = (error: GrpcError): { code: status; message: string } => ({
  code: error.code,
  message: error.message,
});

function writeResult({ updateTime, transformResults }: WriteResult): object {
  return { ...(updateTime !== undefined && { updateTime: toTimestamp(updateTime) }), transformResults };
}

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

interface ListenRequest {
  database?: string;
  addTarget?: WireTarget;
  removeTarget?: number;
}

function listenCall(listeners: Listeners, call: ServerDuplexStream<ListenRequest, unknown>): void {
  const stream = new ListenStream(listeners, message => call.write(listenResponse(message)));
  const close = (): void => stream.close();
  call.on('data', (request: ListenRequest) => {
    if (request.addTarget) stream.add(request.addTarget);
    else if (request.removeTarget !== undefined) stream.remove(request.removeTarget);
  });
  call.on('end', () => {
    close();
    call.end();
  });
  call.on('cancelled', close);
  call.on('error', close);
  call.on('close', close);
}

/** google.firestore.v1.TargetChange.TargetChangeType */
const TARGET_CHANGE = { NO_CHANGE: 0, ADD: 1, REMOVE: 2, CURRENT: 3, RESET: 4 } as const;

function listenResponse(message: ListenMessage): object {
  switch (message.kind) {
    case 'change':
      return documentChange(message.document, message.targetIds, message.removedTargetIds);
    case 'delete':
    case 'remove': {
      const gone = {
        document: message.name,
        removedTargetIds: message.removedTargetIds,
        readTime: toTimestamp(message.readTime),
      };
      return message.kind === 'delete' ? { documentDelete: gone } : { documentRemove: gone };
    }
    case 'filter':
      return { filter: { targetId: message.targetId, count: message.count } };
    case 'target':
      return {
        targetChange: {
          targetChangeType: TARGET_CHANGE[message.type],
          targetIds: message.targetIds,
          ...(message.cause && { cause: rpcStatus(message.cause) }),
          ...(message.readTime !== undefined && {
            readTime: toTimestamp(message.readTime),
            resumeToken: resumeToken(message.readTime),
          }),
        },
      };
  }
}

interface WriteStreamRequest extends CommitRequest {
  streamId?: string;
  streamToken?: Uint8Array;
}

/** The first request opens the stream; every further one is a commit, answered in order. */
function writeCall(service: Service, call: ServerDuplexStream<WriteStreamRequest, unknown>): void {
  let database: string | undefined;
  let token = 0;
  let last = Promise.resolve();
  const answer = async (request: WriteStreamRequest): Promise<void> => {
    checkRequestSize(requestBytes(request));
    if (database === undefined) {
      database = request.database ?? '';
      call.write({ streamId: '0', streamToken: Buffer.from(String(token++)) });
      if (!request.writes?.length) return;
    }
    const { writeResults, commitTime } = await service.commit({ database, writes: request.writes ?? [] });
    call.write({
      streamToken: Buffer.from(String(token++)),
      writeResults: writeResults.map(writeResult),
      commitTime: toTimestamp(commitTime),
    });
  };
  call.on('data', (request: WriteStreamRequest) => {
    last = last.then(() => answer(request)).catch(error => void call.emit('error', serviceError(error)));
  });
  call.on('end', () => void last.then(() => call.end()));
  call.on('error', () => {});
}
