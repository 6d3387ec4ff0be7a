import { type Agent, request } from 'node:http';

/** What became of one POST. `unreachable`: the step never saw it. `failed`: it answered so, or too late. `broken`: the
 * connection ended without an answer, so the step may have seen it. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed' | 'broken'; readonly error: string }
  | { readonly kind: 'unreachable'; readonly error: string };

/**
 * What a push subscription takes for an acknowledgement; 206 for example is not. It takes 102 too, which is no final answer:
 * here the one that follows it decides. {@link https://cloud.google.com/pubsub/docs/push#receive_push}
 */
const ACKNOWLEDGES: ReadonlySet<number> = new Set([200, 201, 202, 204]);
const UNREACHABLE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL']);
const ERROR_BYTES = 500;

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** In pieces. */
  readonly body: readonly Uint8Array[];
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
  readonly agent: Agent;
}

export function sizeOf(body: readonly Uint8Array[]): number {
  return body.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** As a list, which Node writes as it is: an object's members it first keeps one by one, for a quarter of a request's time. */
function listed(url: URL, headers: Post['headers'], length: number): string[] {
  const list = ['host', url.host, 'content-length', String(length)];
  for (const name in headers) list.push(name, headers[name]!);
  return list;
}

/** Never rejects: every way to fail is an outcome. */
export function post({ url, headers, body, timeoutMs, agent }: Post): Promise<Outcome> {
  return new Promise(resolve => {
    const outgoing = request(
      {
        hostname: url.hostname,
        port: url.port,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        agent,
        headers: listed(url, headers, sizeOf(body)),
      },
      response => {
        const text: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          if (size < ERROR_BYTES) text.push(chunk);
          size += chunk.byteLength;
        });
        response.on('error', error =>
          done({ kind: 'broken', error: `the answer broke off: ${error.message}` }),
        );
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (ACKNOWLEDGES.has(status)) return done({ kind: 'delivered' });
          const said = Buffer.concat(text).toString('utf8', 0, ERROR_BYTES).trim();
          done({ kind: 'failed', error: `HTTP ${status}${said === '' ? '' : `: ${said}`}` });
        });
      },
    );
    const timer = setTimeout(() => {
      done({ kind: 'failed', error: `no answer within ${timeoutMs / 1000} s` });
      outgoing.destroy();
    }, timeoutMs);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const kind = UNREACHABLE.has(error.code ?? '') ? 'unreachable' : 'broken';
      done({ kind, error: `no answer, the connection ended: ${error.message}` });
    });
    // Together: a piece of its own may otherwise wait for the receiver to acknowledge the one before.
    outgoing.cork();
    for (const piece of body) outgoing.write(piece);
    outgoing.end();
    outgoing.uncork();

    function done(outcome: Outcome): void {
      clearTimeout(timer);
      resolve(outcome);
    }
  });
}
