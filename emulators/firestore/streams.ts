import type { Metadata, ServerDuplexStream } from '@grpc/grpc-js';
import { requestBytes, serveStream, serviceError } from '../grpc/server.ts';
import { type Context, callerOf } from './callers.ts';
import { documentChange, rpcStatus, writeResult } from './encode.ts';
import { ListenStream } from './listen.ts';
import { type ListenMessage, type ListenRequest, type ListenSink, resumeToken } from './listen-messages.ts';
import type { Listeners } from './listeners.ts';
import type { Service } from './service.ts';
import { toTimestamp } from './values/time.ts';
import { WriteStream, type WriteStreamRequest, type WriteStreamResponse } from './write-stream.ts';

/** Behind so many bytes that have not left a client is taken for slow. */
const FULL_BYTES = 1024 * 1024;
/** What a response without a document counts for. */
const SMALL_BYTES = 100;

type Call<Request> = ServerDuplexStream<Request, unknown>;

const contextOf = (call: Call<unknown>, database: string | undefined): Context => ({
  caller: callerOf(authorization(call.metadata), database),
  peer: call.getPeer(),
});

export const authorization = (metadata: Metadata): string | undefined =>
  metadata.get('authorization')[0]?.toString();

export function listenCall(listeners: Listeners, call: Call<ListenRequest>): void {
  let pending = 0;
  const sink: ListenSink = {
    get full() {
      return pending > FULL_BYTES;
    },
    send: message => {
      const response = listenResponse(message);
      const bytes = response instanceof Uint8Array ? response.length : SMALL_BYTES;
      pending += bytes;
      call.write(response, () => {
        const { full } = sink;
        pending -= bytes;
        if (full && !sink.full) stream.drained();
      });
    },
    fail: error => call.emit('error', serviceError(error)),
  };
  const stream = new ListenStream(listeners, sink, database => contextOf(call, database).caller);
  serveStream(
    call,
    request => stream.receive(request),
    () => stream.close(),
  );
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

export function writeCall(service: Service, call: Call<WriteStreamRequest>): void {
  const stream = new WriteStream(
    service,
    response => call.write(writeResponse(response)),
    database => contextOf(call, database),
  );
  call.on('data', (request: WriteStreamRequest) => {
    stream.receive(request, requestBytes(request)).catch(error => call.emit('error', serviceError(error)));
  });
  call.on('end', () => void stream.idle.then(() => call.end()));
  call.on('error', () => {});
}

function writeResponse({ commit, ...opening }: WriteStreamResponse): object {
  if (!commit) return opening;
  const { writeResults, commitTime } = commit;
  return { ...opening, writeResults: writeResults.map(writeResult), commitTime: toTimestamp(commitTime) };
}
