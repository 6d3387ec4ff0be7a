import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf } from './body.ts';
import type { Backend, Open } from './calls.ts';
import { Channel } from './channel.ts';
import { parseForwarded } from './framing.ts';

const KEEPALIVE_MS = 30_000;
const TICK_MS = 1000;
/** Half of the six connections: requests need some as well. */
const SHARED_CHANNELS = 3;
const TEXT = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-cache, no-store',
  'x-content-type-options': 'nosniff',
};

/** All WebChannel sessions: finds the one that a request is for, and ends those whose client has gone. */
export class Channels {
  readonly #backend: Backend;
  readonly #channels = new Map<string, Channel>();
  /** By the URL of the handshake, whose random parts are unique: a browser repeats one whose answer was lost. */
  readonly #handshakes = new Map<string, Channel>();
  #opened = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async handle(req: IncomingMessage, res: ServerResponse, url: URL, open: Open): Promise<void> {
    const query = url.searchParams;
    const id = query.get('SID');
    if (id === null) return this.#handshake(req, res, open);
    const body = await bodyOf(req);
    const channel = this.#channels.get(id);
    if (query.get('TYPE') === 'terminate') {
      this.#remove(id);
      res.writeHead(200, TEXT).end();
    } else if (!channel) {
      // The client looks for these words, anywhere but at the beginning, and opens a new session at once.
      res.writeHead(400, TEXT).end('Error: Unknown SID');
    } else if (req.method === 'GET') {
      res.writeHead(200, TEXT);
      const poll = query.get('CI') === '1';
      const pollMs = query.has('TO') ? Number(query.get('TO')) : undefined;
      channel.attach({ res, poll, pollMs }, acknowledged(query));
    } else {
      const { offset, messages } = parseForwarded(body.toString());
      this.#answer(id, res, () => channel.receive(offset, messages, acknowledged(query)));
    }
  }

  async #handshake(req: IncomingMessage, res: ServerResponse, open: Open): Promise<void> {
    const { headers, offset, messages } = parseForwarded((await bodyOf(req)).toString());
    const url = req.url!;
    const channel =
      this.#handshakes.get(url) ??
      new Channel(url, this.#hostPrefix(req), KEEPALIVE_MS, own =>
        open(this.#backend, own, headers.get('authorization')),
      );
    this.#handshakes.set(url, channel);
    this.#channels.set(channel.id, channel);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    this.#answer(channel.id, res, () => {
      channel.receive(offset, messages, -1);
      return channel.greeting;
    });
  }

  /**
   * Browsers keep at most six HTTP/1 connections to one host, and every back channel occupies one: with the third page
   * nobody would get through. So the back channels of further sessions go by names of their own, where those lead here.
   */
  #hostPrefix(req: IncomingMessage): string {
    const shared = [...this.#channels.values()].filter(({ hostPrefix }) => hostPrefix === '');
    return shared.length >= SHARED_CHANNELS && knowsLocalhost(req) ? `channel-${++this.#opened}` : '';
  }

  #answer(id: string, res: ServerResponse, work: () => string): void {
    try {
      const answer = work();
      res.writeHead(200, TEXT).end(answer);
    } catch (error) {
      this.#remove(id);
      res.writeHead(400, TEXT).end(`Error: ${(error as Error).message}`);
    }
  }

  #remove(id: string): void {
    const channel = this.#channels.get(id);
    if (!channel) return;
    channel.destroy();
    this.#channels.delete(id);
    this.#handshakes.delete(channel.handshake);
  }

  #tick(): void {
    const now = Date.now();
    for (const [id, channel] of this.#channels) if (!channel.tick(now)) this.#remove(id);
    if (this.#channels.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const id of [...this.#channels.keys()]) this.#remove(id);
  }
}

const acknowledged = (query: URLSearchParams): number => Number(query.get('AID') ?? -1);

/** Chrome and Firefox know by themselves that `anything.localhost` is this machine; not of `127.0.0.1`, of course. */
const knowsLocalhost = ({ headers }: IncomingMessage): boolean =>
  /^localhost(?::|$)/.test(headers.host ?? '') && /Chrome\/|Firefox\//.test(headers['user-agent'] ?? '');
