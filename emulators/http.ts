import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from './emulator.ts';

/** Binds to 127.0.0.1. @param port 0 lets the system choose */
export async function listenHttp(server: Server, port: number): Promise<Emulator> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The whole body, or undefined once it has more bytes than `most`. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= most) chunks.push(chunk);
  }
  return bytes <= most ? Buffer.concat(chunks) : undefined;
}

/** One request of a JSON API, its path taken apart. */
export interface HttpCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Decoded path segments by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As the client wrote it, e.g. http://localhost:8702: links lead back the way it came. */
  readonly origin: string;
}

/** What is sent; handlers that stream answer themselves and return nothing. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export type HandlerOf<Call extends HttpCall> = (call: Call) => Reply | undefined | Promise<Reply | undefined>;

export function send(res: ServerResponse, { status = 200, headers = {}, json }: Reply): void {
  const type = json !== undefined && { 'content-type': 'application/json; charset=UTF-8' };
  sendText(res, status, json === undefined ? '' : JSON.stringify(json), { ...type, ...headers });
}

export function sendText(
  res: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  const hasBody = status !== 204 && status !== 304;
  res.writeHead(status, { ...headers, ...(hasBody && { 'content-length': Buffer.byteLength(body) }) });
  res.end(body);
}
