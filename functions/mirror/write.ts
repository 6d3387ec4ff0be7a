import type { BigQuery } from '@google-cloud/bigquery';
import { createBigQuery, createWriteClient } from '../../shared/bigquery/client.ts';
import { insertAll } from '../../shared/bigquery/insert.ts';
import { ensureTable, ensureViews } from '../../shared/bigquery/tables.ts';
import { createUpserter, RowsRefused, type Upserter } from '../../shared/bigquery/upsert.ts';
import { TransientError } from '../../shared/errors/errors.ts';
import { createGroups } from '../../shared/group/group.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import { type Change, changelogRow, insertIdOf } from '../../shared/mirrors/rows.ts';
import { changelogTable, latestTable, mirrorViews } from '../../shared/mirrors/tables.ts';
import type { Log } from '../../shared/step/log.ts';
import { latestOf, upsertOf } from './latest.ts';
import type { KeyedMirror } from './mirrors.ts';

/** Rows that BigQuery recommends for a request. */
const MOST = 500;
const NOT_FOUND = { http: 404, grpc: 5 };

interface Job extends KeyedMirror {
  readonly change: Change;
}

/** Why BigQuery refuses a change for good; undefined where it has it. */
export type Refusal = string | undefined;

/** Failures are told job by job: a group must not be tried one by one when BigQuery is out of reach. */
type Outcome = { readonly refusal: Refusal } | { readonly failure: unknown };

export type WriteChange = (mirror: KeyedMirror, change: Change) => Promise<Refusal>;

/** Writes changes into the changelog and the latest table of a mirror; changes that come while others are written go together. */
export function createWriter(projectId: string, log: Log): WriteChange {
  let clients: Promise<{ readonly bigquery: BigQuery; readonly upserter: (mirror: KeyedMirror) => Upserter }>;
  const connect = () => {
    clients ??= connected(projectId);
    return clients;
  };
  const made = new Map<string, Promise<void>>();

  async function ready({ key, mirror }: KeyedMirror, bigquery: BigQuery): Promise<void> {
    const making = made.get(key) ?? makeTables(bigquery, mirror, projectId, log);
    made.set(key, making);
    await making.catch((error: unknown) => {
      made.delete(key);
      throw error;
    });
  }

  async function write(jobs: readonly Job[]): Promise<Outcome[]> {
    const [keyed] = jobs as readonly [Job];
    try {
      const { bigquery, upserter } = await connect();
      await ready(keyed, bigquery);
      const refusals = await writeAll(bigquery, upserter(keyed), keyed.mirror, jobs);
      return jobs.map((_, at) => ({ refusal: refusals.get(at) }));
    } catch (failure) {
      if (!isMissing(failure)) return jobs.map(() => ({ failure }));
      // Somebody has deleted a table: the next delivery makes it anew.
      made.delete(keyed.key);
      const missing = new TransientError(
        `A table of the mirror ${keyed.mirror.name} is missing; it is made anew`,
        {
          cause: failure,
        },
      );
      return jobs.map(() => ({ failure: missing }));
    }
  }

  const groups = createGroups(write, { most: MOST });
  return async (keyed, change) => {
    const outcome = await groups(keyed.key, { ...keyed, change });
    if ('failure' in outcome) throw outcome.failure;
    return outcome.refusal;
  };
}

async function connected(projectId: string) {
  const [bigquery, client] = await Promise.all([createBigQuery(projectId), createWriteClient(projectId)]);
  const upserters = new Map<string, Upserter>();
  const upserter = ({ key, mirror }: KeyedMirror): Upserter => {
    const known = upserters.get(key) ?? createUpserter(client, projectId, latestTable(mirror));
    upserters.set(key, known);
    return known;
  };
  return { bigquery, upserter };
}

async function makeTables(bigquery: BigQuery, mirror: Mirror, projectId: string, log: Log): Promise<void> {
  await Promise.all([
    ensureTable(bigquery, changelogTable(mirror)),
    ensureTable(bigquery, latestTable(mirror)),
  ]);
  await ensureViews(bigquery, mirrorViews(mirror, projectId), log);
}

async function writeAll(
  bigquery: BigQuery,
  upserter: Upserter,
  mirror: Mirror,
  jobs: readonly Job[],
): Promise<ReadonlyMap<number, string>> {
  const rows = jobs.map(({ change }) => ({
    insertId: insertIdOf(mirror, change),
    json: { ...changelogRow(mirror, change) },
  }));
  const [refused, refusedLatest] = await Promise.all([
    insertAll(bigquery, changelogTable(mirror), rows),
    upsertAll(upserter, mirror, jobs),
  ]);
  return new Map([...refused, ...refusedLatest]);
}

/** Of several changes of a document in the group only the last is written. */
async function upsertAll(
  upserter: Upserter,
  mirror: Mirror,
  jobs: readonly Job[],
): Promise<ReadonlyMap<number, string>> {
  const refused = new Map<number, string>();
  let left = latestOf(jobs.map(({ change }) => change));
  while (left.length > 0) {
    try {
      await upserter.write(left.map(at => upsertOf(mirror, jobs[at]!.change)));
      break;
    } catch (error) {
      if (!(error instanceof RowsRefused)) throw error;
      for (const [at, reason] of error.rows) refused.set(left[at]!, reason);
      left = left.filter((_, at) => !error.rows.has(at));
    }
  }
  return refused;
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === NOT_FOUND.http || code === NOT_FOUND.grpc;
}
