import type { Cause } from '../meter/cause.ts';
import type { HeapItem } from '../pubsub/heap.ts';

/** Times are milliseconds since the epoch with fractions down to the microsecond, durations milliseconds. */
export interface QueueConfig {
  /** projects/P/locations/L/queues/Q */
  readonly name: string;
  readonly rate: RateLimits;
  readonly retry: RetryConfig;
  readonly paused: boolean;
  readonly purgeTime?: number;
}

export interface RateLimits {
  readonly perSecond: number;
  readonly burst: number;
  readonly concurrent: number;
}

export interface RetryConfig {
  /** -1 for no limit. */
  readonly attempts: number;
  /** 0 for no limit. */
  readonly duration: number;
  readonly minimumBackoff: number;
  readonly maximumBackoff: number;
  readonly doublings: number;
}

/** What a task was created with; it never changes. */
export interface TaskSpec {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64: it goes into the journal as it is. */
  readonly body: string;
  readonly oidc?: { readonly account: string; readonly audience: string };
  readonly deadline: number;
  readonly createTime: number;
  /** Whether its creator chose the name: such a name is not free at once when the task is gone. */
  readonly named: boolean;
}

/** What has become of it so far. */
export interface Progress {
  readonly scheduleTime: number;
  readonly dispatches: number;
  readonly responses: number;
  /** Responses that were no server errors: X-CloudTasks-TaskExecutionCount. */
  readonly executions: number;
  readonly first?: number;
  readonly last?: Attempt;
}

export interface Attempt {
  readonly scheduleTime: number;
  readonly dispatchTime: number;
  /** Not yet there while it is under way. */
  readonly responseTime?: number;
  /** HTTP status; undefined where no answer came. */
  readonly status?: number;
  readonly error?: string;
}

export interface Task extends HeapItem {
  readonly name: string;
  readonly spec: TaskSpec;
  progress: Progress;
  /** Its number in the order of creation: equal times go in that order. */
  readonly number: number;
  /** What it came of; not kept over a restart. */
  readonly cause: Cause | undefined;
}
