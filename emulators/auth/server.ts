import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Emulator } from '../emulator.ts';
import { listenHttp, readBody } from '../http.ts';
import { PROJECT } from '../suite-address.ts';
import { Accounts } from './accounts.ts';
import { AuthError, errorBody } from './errors.ts';
import { type Body, refuseUnknown } from './fields.ts';
import { type Route, route } from './routes.ts';
import type { Service } from './session.ts';

export interface AuthOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Keeps the users over restarts and kill -9; without it they go with `stop`. */
  readonly dir?: string;
  readonly project?: string;
  /** For tests: how long an ID token holds, in seconds; an hour in the service. */
  readonly lifetime?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const HOUR = 3600;
/** The largest request of the SDKs deletes 1,000 users by ids of 128 characters. */
const MAX_BODY = 256 * 1024;

/**
 * Firebase Authentication for one project ({@link https://firebase.google.com/docs/reference/rest/auth}), as the web SDK
 * (`connectAuthEmulator`) and firebase-admin (FIREBASE_AUTH_EMULATOR_HOST) speak it. Tokens are unsigned.
 */
export async function startAuth(options: AuthOptions = {}): Promise<Emulator> {
  const { port = 0, dir, project = PROJECT, lifetime = HOUR, now = Date.now } = options;
  const accounts = new Accounts(dir, now);
  const service: Service = { project, accounts, lifetime, now };
  const server = createServer((request, response) => void answer(service, request, response));
  const emulator = await listenHttp(server, port);
  return {
    ...emulator,
    stop: async () => {
      await emulator.stop();
      accounts.close();
    },
  };
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Pages of any origin sign in here; nothing goes by cookies.
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') return preflight(request, response);
  try {
    send(response, 200, await handle(service, request));
  } catch (error) {
    const known = error instanceof AuthError ? error : unexpected(error);
    send(response, known.status, errorBody(known));
  }
}

async function handle(service: Service, request: IncomingMessage): Promise<object> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const found = route(request.method ?? '', pathname, service.project);
  authorize(found, request, searchParams);
  const body = request.method === 'POST' ? await bodyOf(request) : Object.fromEntries(searchParams);
  refuseUnknown(body);
  return found.handler(service, body);
}

/** Any key and any bearer will do: what counts is that the client has thought of one. */
function authorize({ rights }: Route, { headers }: IncomingMessage, query: URLSearchParams): void {
  if (rights === 'key' && !query.get('key') && !headers['x-goog-api-key'])
    throw new AuthError('PERMISSION_DENIED : The request is missing a valid API key.', 403);
  if (rights === 'server' && !/^Bearer \S/.test(headers.authorization ?? ''))
    throw new AuthError('UNAUTHENTICATED : Send Authorization: Bearer owner, as firebase-admin does.', 401);
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const bytes = await readBody(request, MAX_BODY);
  if (!bytes) throw new AuthError(`PAYLOAD_TOO_LARGE : A request has at most ${MAX_BODY} bytes`, 413);
  const text = bytes.toString();
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text));
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new AuthError('INVALID_ARGUMENT : The body is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw new AuthError('INVALID_ARGUMENT : The body is expected to be a JSON object');
}

function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-max-age': '3600',
    })
    .end();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}

function unexpected(error: unknown): AuthError {
  console.error(error);
  return new AuthError(`INTERNAL_ERROR : ${error instanceof Error ? error.message : error}`, 500);
}
