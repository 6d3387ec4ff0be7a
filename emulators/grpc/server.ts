import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { Emulator } from '../emulator.ts';
import { CAUSE_HEADER, type Cause, withCause } from '../meter/cause.ts';
import { GrpcError, unimplemented } from './errors.ts';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const require = createRequire(import.meta.url);

/**
 * Loads the protobuf descriptors that an official client ships, so that both ends speak from one definition.
 * @param packageName e.g. `@google-cloud/firestore`
 * @param file path below the package's `build/protos`, e.g. `v1.json`
 */
export function loadProtos(packageName: string, file: string): protobuf.Root {
  let folder = dirname(require.resolve(packageName));
  while (!folder.endsWith(join('node_modules', ...packageName.split('/')))) folder = dirname(folder);
  return protobuf.Root.fromJSON(JSON.parse(readFileSync(join(folder, 'build', 'protos', file), 'utf8')));
}

/** Decoded requests are plain objects: 64-bit integers are strings, bytes Buffers, absent oneofs undefined. */
const DECODED: protobuf.IConversionOptions = { longs: String, defaults: false, arrays: true, objects: true };

/** Requests and responses are decoded protobuf; the service's own modules give them their types. */
// biome-ignore lint/suspicious/noExplicitAny: a table over all methods of a service cannot name their types.
type Loose = any;
export type UnaryHandler = (
  request: Loose,
  metadata: Metadata,
  /** For handlers that wait: tells whether anybody still does. */
  call: ServerUnaryCall<Loose, Loose>,
) => Loose | Promise<Loose>;
export type ServerStreamHandler = (
  request: Loose,
  call: ServerWritableStream<Loose, Loose>,
) => void | Promise<void>;
export type BidiHandler = (call: ServerDuplexStream<Loose, Loose>) => void;

const sizes = new WeakMap<object, number>();

/** How many bytes a decoded request had on the wire, for services that limit it. */
export const requestBytes = (request: object): number => sizes.get(request) ?? 0;

/**
 * A handler answers with a plain object, or with a Uint8Array where it has encoded the response itself.
 * Handlers by method name, of the kind that the method's own streaming asks for. */
export type Handlers = Readonly<Record<string, UnaryHandler | ServerStreamHandler | BidiHandler>>;

export function serviceError(error: unknown): { code: status; details: string; metadata: Metadata } {
  if (error instanceof GrpcError)
    return { code: error.code, details: error.message, metadata: new Metadata() };
  console.error(error);
  const details = error instanceof Error ? error.message : String(error);
  return { code: status.INTERNAL, details, metadata: new Metadata() };
}

/** Serves a bidirectional call: what `receive` throws ends it as its error; `close` hears, perhaps several times, that it is over. */
export function serveStream<Request>(
  call: ServerDuplexStream<Request, unknown>,
  receive: (request: Request) => void,
  close: () => void,
): void {
  call.on('data', (request: Request) => {
    try {
      receive(request);
    } catch (error) {
      close();
      call.emit('error', serviceError(error));
    }
  });
  call.on('end', () => {
    close();
    call.end();
  });
  for (const over of ['cancelled', 'error', 'close']) call.on(over, close);
}

/** Registers one service; a method without a handler answers UNIMPLEMENTED and names itself. */
export function addService(server: Server, root: protobuf.Root, name: string, handlers: Handlers): void {
  const service = root.lookupService(name);
  const known = new Set(service.methodsArray.map(method => method.name));
  for (const method of Object.keys(handlers)) {
    if (!known.has(method)) throw new Error(`${name} has no method ${method}`);
  }
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: Record<string, Loose> = {};
  for (const method of service.methodsArray) {
    method.resolve();
    const request = method.resolvedRequestType as protobuf.Type;
    const response = method.resolvedResponseType as protobuf.Type;
    definition[method.name] = {
      path: `/${name}/${method.name}`,
      requestStream: method.requestStream ?? false,
      responseStream: method.responseStream ?? false,
      requestSerialize: value => Buffer.from(request.encode(value as object).finish()),
      requestDeserialize: bytes => {
        const decoded = request.toObject(request.decode(bytes), DECODED);
        sizes.set(decoded, bytes.length);
        return decoded;
      },
      responseSerialize: value =>
        value instanceof Uint8Array
          ? Buffer.from(value.buffer, value.byteOffset, value.length)
          : Buffer.from(response.encode(response.fromObject(value as object)).finish()),
      responseDeserialize: bytes => response.toObject(response.decode(bytes), DECODED),
    };
    const handler = handlers[method.name];
    if (method.requestStream) implementation[method.name] = bidi(`${name}/${method.name}`, handler);
    else if (method.responseStream)
      implementation[method.name] = serverStream(`${name}/${method.name}`, handler);
    else implementation[method.name] = unary(`${name}/${method.name}`, handler);
  }
  server.addService(definition, implementation);
}

type Handler = Handlers[string] | undefined;

/** In whose name a call comes, where it says. */
export const causeOf = (metadata: Metadata): Cause | undefined =>
  metadata.get(CAUSE_HEADER)[0] as Cause | undefined;

function unary(path: string, handler: Handler): handleUnaryCall<Loose, Loose> {
  return async (call, callback) => {
    try {
      if (!handler) throw unimplemented(path);
      const work = () => (handler as UnaryHandler)(call.request, call.metadata, call);
      callback(null, await withCause(causeOf(call.metadata), work));
    } catch (error) {
      callback(serviceError(error));
    }
  };
}

function serverStream(path: string, handler: Handler): handleServerStreamingCall<Loose, Loose> {
  return async call => {
    try {
      if (!handler) throw unimplemented(path);
      await withCause(causeOf(call.metadata), () => (handler as ServerStreamHandler)(call.request, call));
      call.end();
    } catch (error) {
      call.emit('error', serviceError(error));
    }
  };
}

function bidi(path: string, handler: Handler): handleBidiStreamingCall<Loose, Loose> {
  return call => {
    try {
      if (!handler) throw unimplemented(path);
      withCause(causeOf(call.metadata), () => (handler as BidiHandler)(call));
    } catch (error) {
      call.emit('error', serviceError(error));
    }
  };
}

export function newServer(): Server {
  return new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
}

/** Binds to 127.0.0.1 without TLS, as the official clients expect of an emulator. */
export function listen(server: Server, port: number): Promise<Emulator> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) return reject(error);
      resolve({
        host: '127.0.0.1',
        port: bound,
        stop: async () => server.forceShutdown(),
      });
    });
  });
}
