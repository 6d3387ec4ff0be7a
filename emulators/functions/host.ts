/**
 * The child process: serves steps on the real functions framework, each at `/<step>`.
 * It imports next to nothing itself, because every import delays the first event.
 */
import { createServer, type Server } from 'node:http';
import { createRequire, enableCompileCache, registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Handler } from '../../services/worker/worker.ts';
import { CAUSE_HEADER, withCause } from '../meter/cause.ts';
import { InstanceTime } from './instances.ts';
import { nameGrpcCalls, nameHttpRequests } from './outgoing.ts';
import type { HostArguments, HostedStep, HostMessage } from './protocol.ts';

const { steps, port } = JSON.parse(process.argv[2] ?? '{}') as HostArguments;
// From the second start on, the steps and their clients load without being compiled again.
enableCompileCache();
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === 'domain' && context.parentURL?.includes('/functions-framework/'))
      return { url: new URL('./no-domain.ts', import.meta.url).href, shortCircuit: true };
    const resolved = next(specifier, context);
    // Once it is loaded, and before anybody can call: a client is made in a later turn.
    if (specifier === '@grpc/grpc-js') queueMicrotask(() => nameGrpcCalls(resolved.url));
    return resolved;
  },
});
nameHttpRequests();
// The terminal sends its Ctrl-C to all processes; when to end is the parent's business.
process.on('SIGINT', () => {});

const TELL_EVERY_MS = 500;
const servers = new Map<string, Server>();
const times = new Map(
  Object.entries(steps).map(([step, { concurrency }]) => [step, new InstanceTime(concurrency)]),
);
const tell = (message: HostMessage): void => void process.send?.(message);

// The channel breaks when the parent dies, however it dies: nobody would be left to stop this process.
process.on('disconnect', () => process.exit());

/** `/STEP` in its parts; what the router asks for has no more, so it is not looked at again. */
function partsOf(url: string): readonly [step: string, rest: string] {
  const bare = url.slice(1);
  if (servers.has(bare)) return [bare, ''];
  const [, step = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(url) ?? [];
  return [step, rest];
}

const front = createServer((request, response) => {
  const [step, rest] = partsOf(request.url ?? '/');
  const server = servers.get(step);
  if (!server) {
    response
      .writeHead(404)
      .end(`No step '${step}' is running here; there are: ${[...servers.keys()].join(', ')}`);
    return;
  }
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  const time = times.get(step)!;
  time.began(performance.now());
  response.on('close', () => time.ended(performance.now()));
  // A request that the router did not send begins a chain of its own.
  const cause = (request.headers[CAUSE_HEADER] as string | undefined) ?? step;
  delete request.headers[CAUSE_HEADER];
  withCause(cause, () => server.emit('request', request, response));
});
// The router keeps its connections; closing an idle one could race with the next event on it.
front.keepAliveTimeout = 0;
front.requestTimeout = 0;

/** Not only when asked: what a process that is killed has not told is lost. */
function tellUsed(): void {
  const now = performance.now();
  const used = [...times].map(([step, time]) => [step, time.take(now)] as const);
  const some = used.filter(([, { requests, ms }]) => requests > 0 || ms > 0);
  if (some.length > 0) tell({ kind: 'used', steps: Object.fromEntries(some) });
}
setInterval(tellUsed, TELL_EVERY_MS).unref();
process.on('message', () => {
  tellUsed();
  tell({ kind: 'told' });
});

async function load(step: string, { file, workers }: HostedStep): Promise<void> {
  try {
    await import(pathToFileURL(file).href);
    // Resolved from the step's own folder: its framework is the one that knows what it registered.
    const testing = createRequire(file)('@google-cloud/functions-framework/testing') as {
      getFunction(name: string): Handler | undefined;
      getTestServer(name: string): Server;
    };
    const handle = testing.getFunction(step);
    if (!handle) {
      throw new Error(`it registers no function named '${step}': a step's function bears the folder's name`);
    }
    servers.set(step, testing.getTestServer(step));
    tell({ kind: 'loaded', step });
    if (workers.length === 0) return;
    const { pullFor } = await import('./pulling.ts');
    for (const worker of workers) void pullFor(worker, handle);
  } catch (error) {
    tell({
      kind: 'failed',
      step,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

front.on('error', error => {
  tell({ kind: 'refused', error: `it cannot listen on port ${port}: ${error.message}` });
  process.exitCode = 1;
  process.disconnect?.();
});
front.listen(port, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (front.address() as AddressInfo).port });
  for (const [step, hosted] of Object.entries(steps)) void load(step, hosted);
});
