import type protobuf from 'protobufjs';
import { GrpcError, status } from '../../grpc/errors.ts';
import type { Rules } from '../access.ts';
import { callerOf } from '../callers.ts';
import { ListenStream } from '../listen.ts';
import type { Listeners } from '../listeners.ts';
import type { Service } from '../service.ts';
import { WriteStream, type WriteStreamResponse } from '../write-stream.ts';
import type { Call, Channel } from './channel.ts';
import { messageFromJson } from './from-json.ts';
import { listenResponseJson } from './listen-json.ts';
import { timeJson, writeResultJson } from './to-json.ts';

/** What the calls of all channels share. */
export interface Backend {
  readonly root: protobuf.Root;
  readonly service: Service;
  readonly listeners: Listeners;
  readonly rules?: Rules;
}

/** Connects a new channel to its RPC; `authorization` is the header that the handshake carried. */
export type Open = (backend: Backend, channel: Channel, authorization: string | undefined) => Call;

/** The RPCs that have channels: `/google.firestore.v1.Firestore/NAME/channel`. */
export const CALLS: ReadonlyMap<string, Open> = new Map([
  ['Listen', listen],
  ['Write', write],
]);

function listen({ root, listeners }: Backend, channel: Channel, authorization: string | undefined): Call {
  const type = root.lookupType('google.firestore.v1.ListenRequest');
  const stream = new ListenStream(
    listeners,
    {
      get full() {
        return channel.full;
      },
      send: message => channel.send(listenResponseJson(message)),
      fail: error => channel.fail(error),
    },
    database => callerOf(authorization, database),
  );
  return {
    receive: message => attempt(channel, () => stream.receive(messageFromJson(type, message))),
    drained: () => stream.drained(),
    close: () => stream.close(),
  };
}

function write({ root, service }: Backend, channel: Channel, authorization: string | undefined): Call {
  const type = root.lookupType('google.firestore.v1.WriteRequest');
  const stream = new WriteStream(
    service,
    response => channel.send(writeResponseJson(response)),
    database => ({ caller: callerOf(authorization, database) }),
  );
  return {
    receive: (message, bytes) =>
      attempt(channel, () => stream.receive(messageFromJson(type, message), bytes)),
    drained: () => {},
    close: () => {},
  };
}

function writeResponseJson({ streamId, streamToken, commit }: WriteStreamResponse): string {
  return JSON.stringify({
    ...(streamId !== undefined && { streamId }),
    streamToken: Buffer.from(streamToken).toString('base64'),
    ...(commit && {
      writeResults: commit.writeResults.map(writeResultJson),
      commitTime: timeJson(commit.commitTime),
    }),
  });
}

/** What a message meets ends its RPC. */
async function attempt(channel: Channel, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GrpcError)) console.error(error);
    channel.fail(error instanceof GrpcError ? error : new GrpcError(status.INTERNAL, String(error)));
  }
}
