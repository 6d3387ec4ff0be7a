/** Does a group of jobs at once; one result a job, in their order. */
export type Work<Job, Result> = (jobs: readonly Job[]) => Promise<readonly Result[]>;

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly done: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

export interface Pace {
  /** Jobs in a group. */
  readonly most: number;
  /** ms that lie at least between the beginnings of two groups of a key, for documents that many watch. */
  readonly pause?: number;
  /** ms that a group which is not full waits for more jobs, from the beginning of the group before it on. */
  readonly linger?: number;
}

interface Queue<Job, Result> {
  readonly jobs: Waiting<Job, Result>[];
  /** Ends the lingering. */
  full?: () => void;
}

/**
 * Group commit: jobs of one key that come while a group of that key is being worked on wait and go together in the next, so
 * that one transaction serves many concurrent deliveries. A job alone goes at once. When a group fails, its jobs are tried
 * one by one: what is wrong with one of them is not the others' fault.
 */
export function createGroups<Job, Result>(
  work: Work<Job, Result>,
  { most, pause = 0, linger = 0 }: Pace,
): (key: string, job: Job) => Promise<Result> {
  const waiting = new Map<string, Queue<Job, Result>>();

  async function run(key: string, queue: Queue<Job, Result>): Promise<void> {
    // Deliveries that come in the same turn belong to the first group already.
    await Promise.resolve();
    while (queue.jobs.length > 0) {
      const next = after(pause);
      const lingered = after(linger);
      await commit(queue.jobs.splice(0, most));
      await next;
      if (lingered && queue.jobs.length < most) {
        const full = new Promise<void>(resolve => {
          queue.full = resolve;
        });
        await Promise.race([lingered, full]);
      }
    }
    waiting.delete(key);
  }

  async function commit(group: readonly Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await work(group.map(({ job }) => job));
      for (const [at, { done }] of group.entries()) done(results[at] as Result);
    } catch (error) {
      if (group.length === 1) group[0]?.fail(error);
      else for (const one of group) await commit([one]);
    }
  }

  return (key, job) =>
    new Promise<Result>((done, fail) => {
      const queue = waiting.get(key);
      if (queue) {
        queue.jobs.push({ job, done, fail });
        if (queue.jobs.length >= most) queue.full?.();
        return;
      }
      const first = { jobs: [{ job, done, fail }] };
      waiting.set(key, first);
      void run(key, first);
    });
}

const after = (ms: number): Promise<void> | undefined =>
  ms > 0 ? new Promise(resolve => setTimeout(resolve, ms)) : undefined;
