import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Channel, Metadata } from '@grpc/grpc-js';
import { CAUSE_HEADER, causeNow } from '../meter/cause.ts';

const LOCAL: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);
const patched = new Set<string>();

/** From now on what this process asks of local servers over HTTP says in whose name it does. */
export function nameHttpRequests(): void {
  subscribe('http.client.request.created', message => {
    const { request } = message as { readonly request: ClientRequest };
    const cause = causeNow();
    if (cause !== undefined && LOCAL.has(request.host)) request.setHeader(CAUSE_HEADER, cause);
  });
}

/** The same for one copy of grpc-js, which has no other way in for all clients: its calls begin at their channel. */
export function nameGrpcCalls(url: string): void {
  if (patched.has(url)) return;
  patched.add(url);
  const grpc = createRequire(import.meta.url)(fileURLToPath(url)) as typeof import('@grpc/grpc-js');
  const { createCall } = grpc.Channel.prototype;
  grpc.Channel.prototype.createCall = function (this: Channel, ...args) {
    const call = createCall.apply(this, args);
    const cause = causeNow();
    if (cause === undefined) return call;
    const start = call.start.bind(call);
    call.start = (metadata: Metadata, listener) => {
      // A client may use one object for all its calls.
      const named = metadata.clone();
      named.set(CAUSE_HEADER, cause);
      start(named, listener);
    };
    return call;
  };
}
