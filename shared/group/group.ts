/** Does a group of jobs at once; one result a job, in their order. */
export type Work<Job, Result> = (jobs: readonly Job[]) => Promise<readonly Result[]>;

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly done: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Group commit: jobs of one key that come while a group of that key is being worked on wait and go together in the next, so
 * that one transaction serves many concurrent deliveries. A job alone goes at once. When a group fails, its jobs are tried
 * one by one: what is wrong with one of them is not the others' fault.
 * @param most jobs in a group
 * @param pause ms that lie at least between the beginnings of two groups of a key, for documents that many watch
 */
export function createGroups<Job, Result>(
  work: Work<Job, Result>,
  { most, pause = 0 }: { readonly most: number; readonly pause?: number },
): (key: string, job: Job) => Promise<Result> {
  const waiting = new Map<string, Waiting<Job, Result>[]>();

  async function run(key: string, queue: Waiting<Job, Result>[]): Promise<void> {
    // Deliveries that come in the same turn belong to the first group already.
    await Promise.resolve();
    while (queue.length > 0) {
      const next = pause > 0 ? new Promise(resolve => setTimeout(resolve, pause)) : undefined;
      await commit(queue.splice(0, most));
      await next;
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
        queue.push({ job, done, fail });
        return;
      }
      const first = [{ job, done, fail }];
      waiting.set(key, first);
      void run(key, first);
    });
}
