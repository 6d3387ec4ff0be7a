/**
 * The one place that tells errors apart.
 *
 * | kind | what a step does with it |
 * |---|---|
 * | permanent | acknowledges, and quarantines the event with the reason: trying again cannot help |
 * | transient | lets the delivery fail, so that it comes again after a backoff |
 * | unknown | the same as transient until the attempts are spent; then it is a dead letter |
 */
export type ErrorKind = 'permanent' | 'transient' | 'unknown';

/** Trying again cannot help: bad input, a missing pipeline, a refused record. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** Trying again later can help. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** gRPC codes that say "later" ({@link https://google.aip.dev/194}), and HTTP codes that say the same. */
const TRANSIENT_GRPC = new Map([
  [1, 'CANCELLED'],
  [4, 'DEADLINE_EXCEEDED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [10, 'ABORTED'],
  [13, 'INTERNAL'],
  [14, 'UNAVAILABLE'],
]);
const TRANSIENT_HTTP = new Set([408, 429, 500, 502, 503, 504]);
const TRANSIENT_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/** Client errors are unknown rather than permanent: a missing role also looks like one, and is mended by people. */
export function kindOf(error: unknown): ErrorKind {
  if (error instanceof PermanentError) return 'permanent';
  if (error instanceof TransientError) return 'transient';
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'number' && (TRANSIENT_GRPC.has(code) || TRANSIENT_HTTP.has(code))) return 'transient';
  if (typeof code === 'string' && TRANSIENT_SYSTEM.has(code)) return 'transient';
  return 'unknown';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
