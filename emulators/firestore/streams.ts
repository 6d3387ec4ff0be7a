import type { ServerDuplexStream } from '@grpc/grpc-js';
import { requestBytes, serviceError } from '../grpc/server.ts';
import { documentChange, rpcStatus, writeResult } from './encode.ts';
import { type ListenMessage, ListenStream, resumeToken, type WireTarget } from './listen.ts';
import type { Listeners } from './listeners.ts';
import type { CommitRequest } from './requests.ts';
import { checkRequestSize, type Service } from './service.ts';
import { toTimestamp } from './values/time.ts';

interface ListenRequest {
  database?: string;
  addTarget?: WireTarget;
  removeTarget?: number;
}

export function listenCall(listeners: Listeners, call: ServerDuplexStream<ListenRequest, unknown>): void {
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
export function writeCall(service: Service, call: ServerDuplexStream<WriteStreamRequest, unknown>): void {
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
