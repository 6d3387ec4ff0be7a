import type { Progress, RetryConfig } from './types.ts';

/** Tasks older than this are dropped, whether they ran or not. */
export const LONGEST_LIFE_MS = 31 * 24 * 3600_000;

/**
 * Milliseconds until retry `number` (1 is the first): doubled `doublings` times, then growing by the last step, at most the
 * maximum. {@link https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#retryconfig}
 */
export function backoff(number: number, retry: RetryConfig): number {
  const doubled = Math.min(number - 1, retry.doublings);
  const steps = Math.max(1, number - retry.doublings);
  return Math.min(retry.maximumBackoff, retry.minimumBackoff * 2 ** doubled * steps);
}

/**
 * Whether a task that has just failed is given up: both limits must be reached where both are set. Where attempts have no
 * limit the duration alone decides.
 */
export function givesUp({ dispatches, first }: Progress, retry: RetryConfig, now: number): boolean {
  const { attempts, duration } = retry;
  if (attempts === -1 && duration === 0) return false;
  const spent = attempts === -1 || dispatches >= attempts;
  const old = duration === 0 || now - (first ?? now) >= duration;
  return spent && old;
}
