import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readEvent } from './inject.ts';
import type { EventarcEmulator } from './router.ts';

type Controlled = Pick<
  EventarcEmulator,
  'status' | 'operations' | 'guard' | 'idle' | 'scheduled' | 'accept' | 'faults' | 'readFaults'
>;
interface Answer {
  readonly status: number;
  readonly body: unknown;
}
interface Call {
  readonly router: Controlled;
  readonly url: URL;
  readonly request: IncomingMessage;
  /** What the route's pattern captured. */
  readonly name: string;
}

const LONGEST_WAIT_SECONDS = 600;
const DEFAULT_WAIT_SECONDS = 60;
const LARGEST_PLAN_BYTES = 100_000;

const ROUTES: readonly [method: string, path: RegExp, (call: Call) => Answer | Promise<Answer>][] = [
  ['GET', /^\/healthz$/, () => ({ status: 200, body: { status: 'ok' } })],
  ['GET', /^\/status$/, ({ router }) => ({ status: 200, body: router.status() })],
  ['GET', /^\/operations$/, async ({ router }) => ({ status: 200, body: await router.operations() })],
  ['GET', /^\/idle$/, awaitIdle],
  ['POST', /^\/schedule\/([^/]+)\/run$/, runSchedule],
  [
    'POST',
    /^\/triggers\/([^/]+)\/resume$/,
    ({ router, name }) => ({ status: 200, body: router.guard.resume(name) }),
  ],
  ['POST', /^\/events$/, inject],
  ['GET', /^\/faults$/, tellFaults],
  ['PUT', /^\/faults$/, putFaults],
  ['DELETE', /^\/faults$/, endFaults],
];

/** The HTTP side of the router, for the command line and for tests in other languages. */
export async function startControl(
  port: number,
  router: Controlled,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => void answer(router, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(router: Controlled, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await find(router, request).catch((error: unknown) => ({
    status: 400,
    body: { error: error instanceof Error ? error.message : String(error) },
  }));
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

async function find(router: Controlled, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  for (const [method, path, handle] of ROUTES) {
    const match = path.exec(url.pathname);
    if (!match || request.method !== method) continue;
    return handle({ router, url, request, name: decodeURIComponent(match[1] ?? '') });
  }
  const known = ROUTES.map(([method, path]) => `${method} ${path.source.replaceAll(/[\\^$]/g, '')}`);
  return {
    status: 404,
    body: { error: `There is no ${request.method} ${url.pathname}; there are: ${known.join(', ')}` },
  };
}

/** `GET /idle?timeout=SECONDS`: 200 once idle, 408 with the status when that takes longer. */
async function awaitIdle({ router, url }: Call): Promise<Answer> {
  const asked = Number(url.searchParams.get('timeout') ?? DEFAULT_WAIT_SECONDS);
  if (!(asked >= 0 && asked <= LONGEST_WAIT_SECONDS)) {
    throw new Error(
      `timeout must be 0 to ${LONGEST_WAIT_SECONDS} seconds, not '${url.searchParams.get('timeout')}'`,
    );
  }
  const idle = await router.idle(asked);
  return { status: idle ? 200 : 408, body: { ...router.status(), idle } };
}

async function runSchedule({ router, name }: Call): Promise<Answer> {
  const fired = await router.scheduled(name, new Date());
  return { status: 202, body: { fired } };
}

async function inject({ router, request }: Call): Promise<Answer> {
  const triggers = await router.accept(await readEvent(request));
  return { status: 202, body: { triggers } };
}

/** `GET /faults`: the plan (null without one) and how often each of its faults has happened, by trigger. */
function tellFaults({ router: { faults } }: Call): Answer {
  return { status: 200, body: { plan: faults.plan ?? null, counts: faults.counts } };
}

/** `PUT /faults` with a plan as YAML or JSON: it holds from now on, instead of any other. */
async function putFaults(call: Call): Promise<Answer> {
  const text = await bodyOf(call.request);
  call.router.faults.set(call.router.readFaults('faults', text));
  return tellFaults(call);
}

/** `DELETE /faults`: nothing goes wrong on purpose any more. */
function endFaults(call: Call): Answer {
  call.router.faults.set(undefined);
  return tellFaults(call);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let size = 0;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > LARGEST_PLAN_BYTES)
      throw new Error(`A plan of faults has at most ${LARGEST_PLAN_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
