import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError, type ErrorProto, errorProto } from '../errors.ts';
import type { Json } from '../json.ts';
import { merge } from '../json.ts';
import type { Field } from '../types.ts';

export interface JobRef {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

/** Rows that a query has found: a table of DuckDB. */
export interface Result {
  readonly fields: readonly Field[];
  /** As SQL names it. */
  readonly table: string;
  readonly rows: number;
}

export const jobName = ({ projectId, location, jobId }: JobRef): string =>
  `${projectId}:${location}.${jobId}`;

/** A job under way or done ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/Job}). */
export class Job {
  readonly ref: JobRef;
  readonly configuration: Json;
  readonly #now: () => number;
  readonly #created: number;
  #started: number | undefined;
  #ended: number | undefined;
  #statistics: Json = {};
  #errors: readonly ErrorProto[] = [];
  #error: BigQueryError | undefined;
  #interrupt: (() => void) | undefined;
  #cancelled = false;
  /** Of a query; undefined once they are no longer kept. */
  result: Result | undefined;
  /** Resolves when it is done, well or not. */
  done: Promise<void> = Promise.resolve();

  constructor(ref: JobRef, configuration: Json, now: () => number) {
    this.ref = ref;
    this.configuration = configuration;
    this.#now = now;
    this.#created = now();
  }

  get error(): BigQueryError | undefined {
    return this.#error;
  }

  get isDone(): boolean {
    return this.#ended !== undefined;
  }

  get statistics(): Json {
    return this.#statistics;
  }

  start(): void {
    this.#started = this.#now();
  }

  /** Adds to what is told of it. */
  tell(statistics: Json, errors: readonly ErrorProto[] = []): void {
    this.#statistics = merge(this.#statistics, statistics);
    this.#errors = [...this.#errors, ...errors];
  }

  succeed(): void {
    this.#ended ??= this.#now();
  }

  fail(error: BigQueryError): void {
    this.#ended = this.#now();
    this.#error = this.#cancelled ? CANCELLED : error;
  }

  /** Lets a statement run that a cancel ends. @throws BigQueryError where it has been cancelled already */
  async interruptible<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    if (this.#cancelled) throw CANCELLED;
    this.#interrupt = () => connection.interrupt();
    try {
      return await work();
    } finally {
      this.#interrupt = undefined;
    }
  }

  cancel(): void {
    if (this.isDone) return;
    this.#cancelled = true;
    this.#interrupt?.();
  }

  /** As the API answers it; links begin with the origin. */
  resource(origin: string): Json {
    const { projectId, jobId, location } = this.ref;
    const state = this.isDone ? 'DONE' : this.#started === undefined ? 'PENDING' : 'RUNNING';
    const errors = this.#error ? [errorProto(this.#error), ...this.#errors] : this.#errors;
    return {
      kind: 'bigquery#job',
      etag: `${state}.${this.#created}`,
      id: jobName(this.ref),
      selfLink: `${origin}/bigquery/v2/projects/${projectId}/jobs/${jobId}?location=${location}`,
      user_email: 'local@millrace',
      configuration: this.configuration,
      jobReference: this.ref,
      statistics: {
        creationTime: String(this.#created),
        ...(this.#started !== undefined && { startTime: String(this.#started) }),
        ...(this.#ended !== undefined && { endTime: String(this.#ended) }),
        ...this.#statistics,
      },
      status: {
        state,
        ...(this.#error && { errorResult: errorProto(this.#error) }),
        ...(errors.length > 0 && { errors }),
      },
    };
  }
}

const CANCELLED = new BigQueryError(
  400,
  'stopped',
  'Job execution was cancelled: User requested cancellation',
);
