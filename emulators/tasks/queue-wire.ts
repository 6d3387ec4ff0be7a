import { invalidArgument, unimplemented } from '../grpc/errors.ts';
import { millisOf, type WireTime, wireTime } from './times.ts';
import type { QueueConfig, RateLimits, RetryConfig } from './types.ts';

/** google.cloud.tasks.v2.Queue as requests are decoded: what is absent is undefined, or its zero. */
export interface WireQueue {
  readonly name?: string;
  readonly rateLimits?: {
    readonly maxDispatchesPerSecond?: number;
    readonly maxConcurrentDispatches?: number;
  };
  readonly retryConfig?: {
    readonly maxAttempts?: number;
    readonly maxRetryDuration?: WireTime;
    readonly minBackoff?: WireTime;
    readonly maxBackoff?: WireTime;
    readonly maxDoublings?: number;
  };
  readonly appEngineRoutingOverride?: object;
  readonly stackdriverLoggingConfig?: object;
}

/** What Cloud Tasks picks: {@link https://cloud.google.com/tasks/docs/configuring-queues} */
const RATE: RateLimits = { perSecond: 500, burst: 100, concurrent: 1000 };
const RETRY: RetryConfig = {
  attempts: 100,
  duration: 0,
  minimumBackoff: 100,
  maximumBackoff: 3600_000,
  doublings: 16,
};

/** Field paths of an update mask, and what each sets; a message sets all below it. */
const SETTERS: Readonly<Record<string, (config: QueueConfig, wire: WireQueue) => QueueConfig>> = {
  'rate_limits.max_dispatches_per_second': (config, { rateLimits }) => {
    const perSecond = rateLimits?.maxDispatchesPerSecond || RATE.perSecond;
    return { ...config, rate: { ...config.rate, perSecond, burst: burstOf(perSecond) } };
  },
  'rate_limits.max_concurrent_dispatches': (config, { rateLimits }) => {
    const concurrent = rateLimits?.maxConcurrentDispatches || RATE.concurrent;
    return { ...config, rate: { ...config.rate, concurrent } };
  },
  'retry_config.max_attempts': (config, { retryConfig }) =>
    withRetry(config, { attempts: retryConfig?.maxAttempts || RETRY.attempts }),
  'retry_config.max_retry_duration': (config, { retryConfig }) =>
    withRetry(config, { duration: secondsOf(retryConfig?.maxRetryDuration) ?? RETRY.duration }),
  'retry_config.min_backoff': (config, { retryConfig }) =>
    withRetry(config, { minimumBackoff: durationOf(retryConfig?.minBackoff) ?? RETRY.minimumBackoff }),
  'retry_config.max_backoff': (config, { retryConfig }) =>
    withRetry(config, { maximumBackoff: durationOf(retryConfig?.maxBackoff) ?? RETRY.maximumBackoff }),
  'retry_config.max_doublings': (config, { retryConfig }) =>
    withRetry(config, { doublings: retryConfig?.maxDoublings ?? RETRY.doublings }),
};

export const newQueue = (name: string): QueueConfig => ({ name, rate: RATE, retry: RETRY, paused: false });

/**
 * The queue with the fields of the mask set, all of them without one.
 * @throws INVALID_ARGUMENT, or UNIMPLEMENTED for what concerns App Engine and logging
 */
export function withFields(config: QueueConfig, wire: WireQueue, mask: readonly string[] = []): QueueConfig {
  if (wire.appEngineRoutingOverride) throw unimplemented('app_engine_routing_override');
  if (wire.stackdriverLoggingConfig) throw unimplemented('stackdriver_logging_config');
  const known = Object.keys(SETTERS);
  const wanted = mask.flatMap(path => {
    const paths = known.filter(one => one === path || one.startsWith(`${path}.`));
    if (paths.length === 0)
      throw invalidArgument(`update_mask: '${path}' is none of the queue's ${known.join(', ')}`);
    return paths;
  });
  const paths = mask.length === 0 ? known : wanted;
  return checkedConfig(paths.reduce((queue, path) => SETTERS[path]!(queue, wire), config));
}

function checkedConfig(config: QueueConfig): QueueConfig {
  const { rate, retry } = config;
  const rules: readonly [boolean, string][] = [
    [
      rate.perSecond > 0 && rate.perSecond <= 500,
      'rate_limits.max_dispatches_per_second must be above 0 and at most 500',
    ],
    [
      rate.concurrent >= 1 && rate.concurrent <= 5000,
      'rate_limits.max_concurrent_dispatches must be 1 to 5000',
    ],
    [retry.attempts >= -1, 'retry_config.max_attempts must be -1 (no limit) or more'],
    [retry.minimumBackoff >= 0, 'retry_config.min_backoff must not be negative'],
    [retry.maximumBackoff >= retry.minimumBackoff, 'retry_config.max_backoff must be at least min_backoff'],
    [retry.doublings >= 0, 'retry_config.max_doublings must not be negative'],
    [retry.duration >= 0, 'retry_config.max_retry_duration must not be negative'],
  ];
  for (const [sound, rule] of rules) if (!sound) throw invalidArgument(`Queue ${config.name}: ${rule}`);
  return config;
}

export function queueWire({ name, rate, retry, paused, purgeTime }: QueueConfig): object {
  return {
    name,
    rateLimits: {
      maxDispatchesPerSecond: rate.perSecond,
      maxBurstSize: rate.burst,
      maxConcurrentDispatches: rate.concurrent,
    },
    retryConfig: {
      maxAttempts: retry.attempts,
      ...(retry.duration > 0 && { maxRetryDuration: wireTime(retry.duration) }),
      minBackoff: wireTime(retry.minimumBackoff),
      maxBackoff: wireTime(retry.maximumBackoff),
      maxDoublings: retry.doublings,
    },
    state: paused ? 'PAUSED' : 'RUNNING',
    ...(purgeTime !== undefined && { purgeTime: wireTime(purgeTime) }),
  };
}

/** Cloud Tasks chooses the burst by the rate, and does not say how: a fifth of a second's, 10 to 100. */
function burstOf(perSecond: number): number {
  return Math.min(100, Math.max(10, Math.ceil(perSecond / 5)));
}

function withRetry(config: QueueConfig, retry: Partial<RetryConfig>): QueueConfig {
  return { ...config, retry: { ...config.retry, ...retry } };
}

const durationOf = (time: WireTime | undefined): number | undefined => (time ? millisOf(time) : undefined);

/** The retry duration is cut to whole seconds. */
function secondsOf(time: WireTime | undefined): number | undefined {
  const millis = durationOf(time);
  return millis === undefined ? undefined : Math.trunc(millis / 1000) * 1000;
}
