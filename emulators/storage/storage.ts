import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenHttp, send } from '../http.ts';
import { CAUSE_HEADER, withCause } from '../meter/cause.ts';
import type { Meter, Operation } from '../meter/meter.ts';
import { authorize } from './authorize.ts';
import { addBucket, changeSettings } from './buckets.ts';
import { corsHeaders } from './cors.ts';
import type { Call } from './http.ts';
import { type ErrorForm, fail } from './reply.ts';
import { type OperationClass, route } from './router.ts';
import type { Keys } from './signed/signature.ts';
import { Store } from './store.ts';
import type { StorageEmulator } from './types.ts';
import { Sessions } from './upload/sessions.ts';

export interface StorageOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Keeps buckets, objects and uploads under way over restarts and kill -9; without it they go with `stop`. */
  readonly dir?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Of the accounts whose signed URLs hold. */
  readonly keys?: Keys;
  /** Told of every request that succeeds. */
  readonly meter?: Meter;
}

const BILLED_AS: Readonly<Record<OperationClass, Operation>> = {
  A: 'storage.classA',
  B: 'storage.classB',
  free: 'storage.free',
};

/**
 * Cloud Storage's JSON API ({@link https://cloud.google.com/storage/docs/json_api/v1}) on 127.0.0.1, for the official clients:
 * `apiEndpoint` or STORAGE_EMULATOR_HOST is `http://127.0.0.1:PORT`.
 */
export async function startStorage(options: StorageOptions = {}): Promise<StorageEmulator> {
  const { port = 0, now = Date.now, keys = new Map(), meter } = options;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'millrace-storage-'));
  const store = new Store(dir, now);
  const sessions = new Sessions(join(dir, 'sessions'));
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    const cause = req.headers[CAUSE_HEADER] as string | undefined;
    void withCause(cause, () => answer({ store, sessions, keys, now, meter }, req, res));
  });
  // Clients keep idle connections for long; one closed under a client costs it a retry.
  server.keepAliveTimeout = 120_000;
  const emulator = await listenHttp(server, port);
  store.origin = `http://127.0.0.1:${emulator.port}`;
  return {
    ...emulator,
    onChange: listener => store.feed.listen(listener),
    createBucket: (name, settings = {}) => {
      const bucket = store.findBucket(name) ?? addBucket(store, name);
      if (Object.keys(settings).length > 0) changeSettings(store, bucket, settings);
    },
    stop: async () => {
      await emulator.stop();
      store.close();
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Site extends Pick<Call, 'store' | 'sessions'> {
  readonly keys: Keys;
  readonly now: () => number;
  readonly meter: Meter | undefined;
}

async function answer(
  { store, sessions, keys, now, meter }: Site,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const url = req.url ?? '/';
  const cut = url.includes('?') ? url.indexOf('?') : url.length;
  const path = url.slice(0, cut);
  const query = new URLSearchParams(url.slice(cut + 1));
  let form: ErrorForm = query.get('alt') === 'media' || path.startsWith('/download/') ? 'text' : 'json';
  const body: AsyncIterableIterator<Buffer> = req.iterator({ destroyOnReturn: false });
  try {
    // HEAD is GET without the body; node leaves that out by itself.
    const method = req.method === 'HEAD' ? 'GET' : (req.method ?? '');
    const { handler, params, xml, billed } = route(method, path, query);
    if (xml) {
      form = 'xml';
      res.setHeaders(new Map(Object.entries(corsHeaders(store.findBucket(params['bucket']!), req))));
    }
    authorize(req, path, query, keys, now());
    const origin = req.headers.host === undefined ? store.origin : `http://${req.headers.host}`;
    const reply = await handler({ req, body, res, params, query, store, sessions, origin });
    if (reply) send(res, reply);
    meter?.count(BILLED_AS[billed]);
  } catch (error) {
    fail(res, error, form);
  }
  // What nobody read would stand in the way of the next request on the connection.
  await body.return?.();
  req.resume();
}
