import type { Progress, QueueConfig, TaskSpec } from './types.ts';

/** One line of the journal, as JSON. Names are full; `free` is when a name may be given again. */
export type JournalRecord =
  | { readonly queue: QueueConfig }
  | { readonly deletedQueue: string; readonly free: number }
  | { readonly task: string; readonly spec: TaskSpec; readonly progress: Progress }
  | { readonly attempted: string; readonly progress: Progress }
  | { readonly gone: string; readonly free: number };
