import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Connection, Connections } from './connections.ts';
import type { Answer } from './response.ts';

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
/** Up to so many bytes a body is copied behind its header, which costs less than a piece of its own. */
const SMALL_BODY = 4096;
const DELIVERED: Outcome = { kind: 'delivered' };

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** In pieces. */
  readonly body: readonly Uint8Array[];
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
}

export function sizeOf(body: readonly Uint8Array[]): number {
  return body.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Sends requests, each on a connection that no other has meanwhile; connections are kept for the next ones. */
export class Poster {
  readonly #connections = new Connections();

  /**
   * Every way to fail on the way is an outcome.
   * @throws TypeError for a header that HTTP does not know
   */
  post({ url, headers, body, timeoutMs }: Post): Promise<Outcome> {
    const pieces = requestOf(url, headers, body);
    return new Promise(resolve => {
      let connection: Connection | undefined;
      const timer = setTimeout(() => {
        resolve({ kind: 'failed', error: `no answer within ${timeoutMs / 1000} s` });
        connection?.close();
      }, timeoutMs);
      const done = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      connection = this.#connections.send(url, pieces, {
        answered: answer => done(outcomeOf(answer)),
        lost: error => {
          const kind = UNREACHABLE.has(error.code ?? '') ? 'unreachable' : 'broken';
          done({ kind, error: `no answer, the connection ended: ${error.message}` });
        },
      });
    });
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#connections.close();
  }
}

function outcomeOf({ status, said }: Answer): Outcome {
  if (ACKNOWLEDGES.has(status)) return DELIVERED;
  return { kind: 'failed', error: `HTTP ${status}${said === '' ? '' : `: ${said}`}` };
}

/** What a step's requests begin with; a step has one URL as long as its process lives. */
const beginnings = new WeakMap<URL, string>();

function beginningOf(url: URL): string {
  const known = beginnings.get(url);
  if (known !== undefined) return known;
  const text = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  beginnings.set(url, text);
  return text;
}

/** Headers as they were last sent, by their names: most are the same from event to event. */
const lines = new Map<string, { readonly value: string; readonly text: string }>();
const MOST_LINES = 200;

/** @throws TypeError for a header that HTTP does not know */
function lineOf(name: string, value: string): string {
  const known = lines.get(name);
  if (known?.value === value) return known.text;
  validateHeaderName(name);
  validateHeaderValue(name, value);
  const text = `${name}: ${value}\r\n`;
  if (lines.size >= MOST_LINES) lines.clear();
  lines.set(name, { value, text });
  return text;
}

/** The bytes of a request, in pieces. */
function requestOf(
  url: URL,
  headers: Post['headers'],
  body: readonly Uint8Array[],
): readonly [Buffer, ...Uint8Array[]] {
  const size = sizeOf(body);
  let head = `${beginningOf(url)}content-length: ${size}\r\n`;
  for (const name in headers) head += lineOf(name, headers[name]!);
  head += '\r\n';
  if (size > SMALL_BODY) return [Buffer.from(head, 'latin1'), ...body];
  const bytes = Buffer.allocUnsafe(head.length + size);
  let at = bytes.write(head, 'latin1');
  for (const piece of body) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return [bytes];
}
