import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Emulator } from '../emulator.ts';
import { listenHttp } from '../http.ts';
import { forward } from './forward.ts';
import { headersOf } from './headers.ts';
import { type ConsoleSettings, sourcesOf, UPLOAD_PATH } from './settings.ts';
import { type Files, Site } from './site.ts';
import { waitingPage } from './waiting.ts';

export interface ConsoleOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Folder that holds web/ and node_modules/. */
  readonly root: string;
  /** Where builds are kept, unless in node_modules/.cache. */
  readonly cache?: string;
  /** Asked at each request. */
  readonly settings: () => ConsoleSettings;
  /** Where the step upload-url answers; undefined while it is starting. */
  readonly uploads?: () => URL | undefined;
}

export interface ConsoleServer extends Emulator {
  /** Builds the page unless it is there; else that begins with the first request. @throws Error with what the build said */
  prepare(): Promise<void>;
}

interface State {
  files: Files | undefined;
  failure: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly content: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** Serves the console, as Firebase Hosting does in the cloud, and builds it in the background. */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { root, cache, settings, uploads = () => undefined } = options;
  const site = new Site(root, cache);
  const state: State = { files: undefined, failure: undefined };
  const prepare = async (): Promise<void> => {
    try {
      state.files = await site.files();
    } catch (error) {
      state.failure = (error as Error).message;
      throw error;
    }
  };
  const server = createServer(async (request, response) => {
    const pathname = (request.url ?? '/').replace(/[?#].*/s, '');
    if (pathname !== UPLOAD_PATH) {
      if (!state.files) prepare().catch(() => {});
      return send(
        request,
        response,
        pathname,
        settings(),
        answerTo(request.method, pathname, state, settings),
      );
    }
    const { status, body } = await forward(request, uploads()).catch(gone);
    send(request, response, pathname, settings(), { status, type: JSON_TYPE, content: body });
  });
  const emulator = await listenHttp(server, options.port ?? 0);
  return {
    ...emulator,
    prepare,
    stop: async () => {
      site.stop();
      await emulator.stop();
    },
  };
}

function answerTo(
  method: string | undefined,
  path: string,
  { files, failure }: State,
  settings: () => ConsoleSettings,
): Answer {
  if (method !== 'GET' && method !== 'HEAD')
    return {
      status: 405,
      type: TEXT,
      content: 'Pages are only read here.\n',
      headers: { allow: 'GET, HEAD' },
    };
  if (path === '/config.json')
    return {
      status: 200,
      type: JSON_TYPE,
      content: JSON.stringify(settings()),
      headers: { 'cache-control': 'no-store' },
    };
  if (!files)
    return { status: 503, type: HTML, content: waitingPage(failure), headers: { 'retry-after': '1' } };
  // Looked up in a table, never on the disk: no path leads out of it.
  const file = files.get(path === '/' ? '/index.html' : path);
  return file
    ? { status: 200, ...file }
    : { status: 404, type: TEXT, content: `There is no ${path} here. The console is at /.\n` };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  path: string,
  { emulators }: ConsoleSettings,
  { status, type, content, headers }: Answer,
): void {
  const length = String(Buffer.byteLength(content));
  response.writeHead(status, {
    ...headersOf(status === 200 ? path : '', type, sourcesOf(emulators)),
    ...headers,
    'content-length': length,
  });
  response.end(method === 'HEAD' ? undefined : content);
}

const gone = (error: unknown) => ({
  status: 502,
  body: JSON.stringify({ error: `The step upload-url does not answer: ${(error as Error).message}` }),
});
