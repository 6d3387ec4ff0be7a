import type { BigQuery } from '@google-cloud/bigquery';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import { insertAll } from '../../shared/bigquery/insert.ts';
import { ensureTable, ensureViews } from '../../shared/bigquery/tables.ts';
import { TransientError } from '../../shared/errors/errors.ts';
import { createGroups } from '../../shared/group/group.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Log } from '../../shared/step/log.ts';
import { type Field, usable } from '../../shared/warehouse/columns.ts';
import { dashboardViews, eventFields, eventTable, eventView } from '../../shared/warehouse/tables.ts';
import { rowOf } from './warehouse.ts';

/** Batches whose rows go together: live events come one by one. */
const MOST = 16;
const NOT_FOUND = 404;

interface Job {
  readonly batch: EventBatch;
  readonly pipeline: Pipeline;
}

/** Why BigQuery refuses events for good, by their index in the batch. */
export type Refusals = ReadonlyMap<number, string>;

/** Failures are told job by job: a group must not be tried one by one when BigQuery is out of reach. */
type Outcome = { readonly refusals: Refusals } | { readonly failure: unknown };

/** Writes the events of a batch; resolves once BigQuery has all those that it takes. */
export type WriteBatch = (job: Job) => Promise<Refusals>;

/**
 * @param isInForce whether new batches are stamped with this version. Views are those of that one: a batch of an older version, which
 * may come at any time, must not put back what they were.
 */
export function createWriter(
  projectId: string,
  log: Log,
  isInForce: (pipeline: Pipeline) => Promise<boolean>,
): WriteBatch {
  let client: Promise<BigQuery> | undefined;
  const prepared = new Map<string, Promise<readonly Field[]>>();
  /** Versions whose views are there. */
  const shown = new Set<string>();

  /** The table with all the columns that this version of the pipeline needs, and the fields that go into them. */
  async function prepare(key: string, pipeline: Pipeline, bigquery: BigQuery): Promise<readonly Field[]> {
    const preparing = prepared.get(key) ?? makeTable(bigquery, pipeline);
    prepared.set(key, preparing);
    return preparing.catch((error: unknown) => {
      prepared.delete(key);
      throw error;
    });
  }

  async function makeTable(bigquery: BigQuery, pipeline: Pipeline): Promise<readonly Field[]> {
    const present = await ensureTable(bigquery, eventTable(pipeline)!);
    return usable(eventFields(pipeline), present);
  }

  async function show(key: string, pipeline: Pipeline, bigquery: BigQuery): Promise<void> {
    if (shown.has(key) || !(await isInForce(pipeline))) return;
    shown.add(key);
    const views = [eventView(pipeline, projectId), ...dashboardViews(pipeline, projectId)];
    await ensureViews(bigquery, views, log);
  }

  async function write(jobs: readonly Job[]): Promise<Outcome[]> {
    const { pipeline } = jobs[0]!;
    const key = keyOf(pipeline);
    try {
      client ??= createBigQuery(projectId);
      const bigquery = await client;
      const fields = await prepare(key, pipeline, bigquery);
      await show(key, pipeline, bigquery);
      const rows = jobs.flatMap(({ batch }) =>
        batch.events.map(event => rowOf(pipeline.name, event, fields)),
      );
      return share(jobs, await insertAll(bigquery, eventTable(pipeline)!, rows));
    } catch (failure) {
      if ((failure as { code?: unknown } | null)?.code !== NOT_FOUND) return jobs.map(() => ({ failure }));
      // Somebody has deleted the table: the next delivery makes it anew.
      prepared.delete(key);
      shown.delete(key);
      const missing = new TransientError(
        `The table of the pipeline ${pipeline.name} is missing; it is made anew`,
        {
          cause: failure,
        },
      );
      return jobs.map(() => ({ failure: missing }));
    }
  }

  const groups = createGroups(write, { most: MOST });
  return async job => {
    const outcome = await groups(keyOf(job.pipeline), job);
    if ('failure' in outcome) throw outcome.failure;
    return outcome.refusals;
  };
}

const keyOf = ({ name, version }: Pipeline): string => `${name}@${version}`;

/** To each batch its own refusals, by its own indexes. */
function share(jobs: readonly Job[], refused: Refusals): Outcome[] {
  let from = 0;
  return jobs.map(({ batch }) => {
    const own = [...refused].filter(([at]) => at >= from && at < from + batch.events.length);
    const refusals = new Map(own.map(([at, reason]) => [at - from, reason]));
    from += batch.events.length;
    return { refusals };
  });
}
