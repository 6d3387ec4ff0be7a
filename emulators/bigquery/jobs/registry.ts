import { randomUUID } from 'node:crypto';
import { LOCATION } from '../../suite-address.ts';
import { identifier } from '../duckdb-types.ts';
import { asBigQueryError, duplicate, invalid, notFound } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Change, Store } from '../store.ts';
import type { StoredJob } from '../stored.ts';
import { Job, jobName } from './job.ts';

/** Results of so many queries are kept, and so many jobs that have changed nothing. */
const RESULTS_KEPT = 100;
const JOBS_KEPT = 1000;

/** A request of one id that comes again within this time is the same one ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query}). */
const SAME_REQUEST_MS = 15 * 60_000;

/** What a job does; it tells the job of its statistics as it goes. @throws BigQueryError */
export type Work = (job: Job) => Promise<void>;

/** A job as far as it is known: one that runs or ran here, or the record of one before the last start. */
export type KnownJob = Job | StoredJob;

/**
 * Jobs by their ids, which clients may choose: a second job of one id is refused, also after a restart, since a job is recorded in
 * the transaction that has its effect. Jobs that change nothing are forgotten with the process.
 */
export class Jobs {
  readonly #store: Store;
  readonly #jobs = new Map<string, Job>();
  readonly #requests = new Map<string, { readonly job: Job; readonly at: number }>();
  readonly #results: Job[] = [];
  #resultCount = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Begins a job; it goes on by itself. @throws BigQueryError 400, 409 */
  start(projectId: string, jobId: string | undefined, configuration: Json, work: Work): Job {
    if (jobId !== undefined && !/^[\w-]{1,1024}$/.test(jobId))
      throw invalid(
        `Invalid job ID "${jobId}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
      );
    const ref = { projectId, jobId: jobId ?? `job_${randomUUID()}`, location: LOCATION };
    if (this.find(projectId, ref.jobId)) throw duplicate(`Job ${jobName(ref)}`);
    const job = new Job(ref, configuration, () => this.#store.now);
    this.#jobs.set(this.#key(projectId, ref.jobId), job);
    job.done = this.#run(job, work);
    this.#forgetOld();
    return job;
  }

  /** The job that a request of this id began, where it has come before; else it begins one. */
  once(projectId: string, requestId: string | undefined, start: () => Job): Job {
    if (requestId === undefined) return start();
    const { now } = this.#store;
    for (const [key, { at }] of this.#requests) {
      if (now - at < SAME_REQUEST_MS) break;
      this.#requests.delete(key);
    }
    const key = this.#key(projectId, requestId);
    const found = this.#requests.get(key);
    if (found) return found.job;
    const job = start();
    this.#requests.set(key, { job, at: now });
    return job;
  }

  async #run(job: Job, work: Work): Promise<void> {
    try {
      job.start();
      await work(job);
      job.succeed();
    } catch (error) {
      job.fail(asBigQueryError(error));
    }
  }

  /** Changes tables together with the record that the job has done so. */
  effect(job: Job, work: (change: Change) => Promise<void>): Promise<void> {
    return this.#store.change(async change => {
      await work(change);
      job.succeed();
      const { projectId, jobId } = job.ref;
      await change.putJob({ projectId, jobId, resource: job.resource('') });
    });
  }

  find(projectId: string, jobId: string): KnownJob | undefined {
    return this.#jobs.get(this.#key(projectId, jobId)) ?? this.#store.findJob(projectId, jobId);
  }

  /** @throws BigQueryError 404 */
  get(projectId: string, jobId: string): KnownJob {
    const found = this.find(projectId, jobId);
    if (!found) throw notFound(`Job ${projectId}:${jobId}`);
    return found;
  }

  /** The latest first. */
  list(projectId: string): KnownJob[] {
    const own = [...this.#jobs.values()].filter(({ ref }) => ref.projectId === projectId);
    const known = new Set(own.map(({ ref }) => ref.jobId));
    const before = this.#store.jobs(projectId).filter(({ jobId }) => !known.has(jobId));
    return [...before, ...own].reverse();
  }

  /** Forgets a job that is done. @throws BigQueryError 400, 404 */
  async delete(projectId: string, jobId: string): Promise<void> {
    const job = this.get(projectId, jobId);
    if (job instanceof Job && !job.isDone) throw invalid(`Job ${jobName(job.ref)} is still running`);
    this.#jobs.delete(this.#key(projectId, jobId));
    const stored = this.#store.findJob(projectId, jobId);
    if (stored) await this.#store.change(change => change.deleteJob(stored));
  }

  /** A name for a table of results, as SQL takes it. */
  newResult(): string {
    return `results.${identifier(`result ${++this.#resultCount}`)}`;
  }

  /** Keeps the results of a query, and drops the oldest where there are too many. */
  async keepResult(job: Job): Promise<void> {
    this.#results.push(job);
    if (this.#results.length <= RESULTS_KEPT) return;
    const oldest = this.#results.shift()!;
    const { result } = oldest;
    oldest.result = undefined;
    if (result)
      await this.#store.engine.read(connection => connection.run(`DROP TABLE IF EXISTS ${result.table}`));
  }

  #forgetOld(): void {
    if (this.#jobs.size <= JOBS_KEPT) return;
    for (const [key, job] of this.#jobs) {
      if (!job.isDone) continue;
      this.#jobs.delete(key);
      return;
    }
  }

  #key(projectId: string, jobId: string): string {
    return `${projectId}:${jobId}`;
  }
}
