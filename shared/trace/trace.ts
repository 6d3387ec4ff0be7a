import { createHash } from 'node:crypto';

/**
 * The trace of everything that follows from one origin (an upload, a message), derived from its identity, so that a
 * retried step belongs to the same trace. W3C `traceparent` ({@link https://www.w3.org/TR/trace-context/}), sampled.
 */
export function traceparentOf(origin: string): string {
  const digest = createHash('sha256').update(origin).digest('hex');
  return `00-${digest.slice(0, 32)}-${digest.slice(32, 48)}-01`;
}
