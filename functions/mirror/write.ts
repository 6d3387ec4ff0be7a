import type { BigQuery } from '@google-cloud/bigquery';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import { insertAll } from '../../shared/bigquery/insert.ts';
import { ensureTable } from '../../shared/bigquery/tables.ts';
import { TransientError } from '../../shared/errors/errors.ts';
import { createGroups } from '../../shared/group/group.ts';
import { type Change, changelogRow, insertIdOf } from '../../shared/mirrors/rows.ts';
import { changelogTable } from '../../shared/mirrors/tables.ts';
import type { KeyedMirror } from './mirrors.ts';

/** Rows that BigQuery recommends for a request. */
const MOST = 500;
const NOT_FOUND = 404;

interface Job extends KeyedMirror {
  readonly change: Change;
}

/** Why BigQuery refuses a change for good; undefined where it has it. */
export type Refusal = string | undefined;

/** Failures are told job by job: a group must not be tried one by one when BigQuery is out of reach. */
type Outcome = { readonly refusal: Refusal } | { readonly failure: unknown };

export type WriteChange = (mirror: KeyedMirror, change: Change) => Promise<Refusal>;

/** Writes changes into the changelog of a mirror; changes that come while others are written go together. */
export function createWriter(projectId: string): WriteChange {
  let client: Promise<BigQuery> | undefined;
  const made = new Map<string, Promise<unknown>>();

  async function ready({ key, mirror }: KeyedMirror, bigquery: BigQuery): Promise<void> {
    const making = made.get(key) ?? ensureTable(bigquery, changelogTable(mirror));
    made.set(key, making);
    await making.catch((error: unknown) => {
      made.delete(key);
      throw error;
    });
  }

  async function write(jobs: readonly Job[]): Promise<Outcome[]> {
    const [keyed] = jobs as readonly [Job];
    try {
      client ??= createBigQuery(projectId);
      const bigquery = await client;
      await ready(keyed, bigquery);
      const { mirror } = keyed;
      const rows = jobs.map(({ change }) => ({
        insertId: insertIdOf(mirror, change),
        json: { ...changelogRow(mirror, change) },
      }));
      const refusals = await insertAll(bigquery, changelogTable(mirror), rows);
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

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === NOT_FOUND;
}
