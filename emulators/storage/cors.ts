import type { IncomingMessage } from 'node:http';
import type { StoredBucket } from './resources.ts';

/** An entry of a bucket's `cors` ({@link https://cloud.google.com/storage/docs/cross-origin}). */
interface Cors {
  readonly origin?: readonly string[];
  readonly method?: readonly string[];
  /** That a page may send, and may read of the answer. */
  readonly responseHeader?: readonly string[];
  readonly maxAgeSeconds?: number;
}

/**
 * What lets a page read an answer of the XML API, by the first entry for its origin and method; nothing where there is none,
 * and the browser then keeps the answer from it.
 */
export function corsHeaders(
  bucket: StoredBucket | undefined,
  { method, headers }: IncomingMessage,
): Record<string, string> {
  const { origin } = headers;
  const asked = headers['access-control-request-method'] ?? method ?? '';
  const entries = (bucket?.settings['cors'] ?? []) as readonly Cors[];
  const entry = entries.find(
    cors => origin !== undefined && has(cors.origin, origin) && has(cors.method, asked),
  );
  if (!entry || origin === undefined) return {};
  const { responseHeader = [], method: methods = [], maxAgeSeconds = 3600 } = entry;
  const shared = { vary: 'Origin', 'access-control-allow-origin': has(entry.origin, '*') ? '*' : origin };
  if (method !== 'OPTIONS') return { ...shared, 'access-control-expose-headers': responseHeader.join(', ') };
  return {
    ...shared,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': responseHeader.join(', '),
    'access-control-max-age': String(maxAgeSeconds),
  };
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some(one => one === value || one === '*') ?? false;
