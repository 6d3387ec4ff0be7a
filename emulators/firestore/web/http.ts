import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GrpcError, status } from '../../grpc/errors.ts';
import { bodyOf } from './body.ts';
import { type Backend, CALLS } from './calls.ts';
import { Channels } from './channels.ts';
import { answerControl, CONTROL } from './control.ts';
import { allowOrigin, preflight } from './cors.ts';
import { rest, streams } from './rest.ts';
import { statusName } from './to-json.ts';

const CHANNEL = /^\/google\.firestore\.v1\.Firestore\/(\w+)\/channel$/;
const REST = /^\/v1\/(.+)$/;
/** Browsers send anew what they sent on a connection that closes: those they keep should last. */
const KEEP_ALIVE_MS = 120_000;

/** {@link https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto} */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  [status.CANCELLED]: 499,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.OUT_OF_RANGE]: 400,
  [status.UNIMPLEMENTED]: 501,
  [status.UNAVAILABLE]: 503,
  [status.UNAUTHENTICATED]: 401,
};

/** What browsers speak: REST and WebChannel, with CORS. */
export interface WebServer {
  readonly http: Server;
  stop(): void;
}

export function webServer(backend: Backend): WebServer {
  const channels = new Channels(backend);
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    allowOrigin(req, res);
    if (req.method === 'OPTIONS') return preflight(req, res);
    const url = new URL(req.url ?? '/', 'http://localhost');
    const open = CALLS.get(CHANNEL.exec(url.pathname)?.[1] ?? '');
    if (open) return channels.handle(req, res, url, open);
    const path = REST.exec(url.pathname)?.[1];
    if (path) return answerRest(backend, req, res, path, url.searchParams);
    const control = CONTROL.exec(url.pathname)?.[1];
    if (control)
      return sendJson(res, 200, answerControl(backend, req.method ?? '', control, await bodyOf(req)));
    if (url.pathname === '/') return void res.writeHead(200, { 'content-type': 'text/plain' }).end('Ok\n');
    sendError(res, new GrpcError(status.NOT_FOUND, `There is nothing at ${url.pathname}.`));
  };
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    handle(req, res).catch(error => sendError(res, error));
  });
  return { http, stop: () => channels.stop() };
}

async function answerRest(
  { root, service }: Backend,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  query: URLSearchParams,
): Promise<void> {
  const { authorization } = req.headers;
  const request = { method: req.method ?? '', path, query, body: await bodyOf(req), authorization };
  try {
    sendJson(res, 200, await rest(root, service, request));
  } catch (error) {
    sendError(res, error, streams(request));
  }
}

function sendJson(res: ServerResponse, code: number, json: unknown): void {
  const body = JSON.stringify(json);
  res.writeHead(code, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
  });
  res.end(body);
}

function sendError(res: ServerResponse, error: unknown, inList = false): void {
  if (res.headersSent || res.destroyed) return void res.destroy();
  if (!(error instanceof GrpcError)) console.error(error);
  const known = error instanceof GrpcError ? error : new GrpcError(status.INTERNAL, String(error));
  const code = HTTP_STATUS[known.code] ?? 500;
  const body = { error: { code, message: known.message, status: statusName(known.code) } };
  sendJson(res, code, inList ? [body] : body);
}
