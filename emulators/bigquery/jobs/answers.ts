import { invalid } from '../errors.ts';
import { tokenOf } from '../http.ts';
import { type Json, objectAt } from '../json.ts';
import { type PageOptions, readPage } from '../pages.ts';
import type { Site } from '../site.ts';
import type { Job, Result } from './job.ts';

/** What a query has found so far, page by page: the common part of `jobs.query` and `jobs.getQueryResults`. */
export async function queryAnswer(site: Site, job: Job, options: PageOptions): Promise<Json> {
  const statistics = objectAt(job.statistics, 'query') ?? {};
  const head = {
    jobReference: job.ref,
    jobComplete: job.isDone,
    queryId: job.ref.jobId,
    creationTime: objectAt(job.resource(''), 'statistics')?.['creationTime'],
    location: job.ref.location,
  };
  if (!job.isDone) return head;
  if (job.error) throw job.error;
  const affected = statistics['numDmlAffectedRows'];
  return {
    ...head,
    cacheHit: false,
    totalBytesProcessed: job.statistics['totalBytesProcessed'] ?? '0',
    totalBytesBilled: statistics['totalBytesBilled'] ?? '0',
    statementType: statistics['statementType'],
    ...(affected !== undefined && { numDmlAffectedRows: affected, dmlStats: statistics['dmlStats'] }),
    ...(await rowsOf(site, job, statistics, options)),
  };
}

async function rowsOf(site: Site, job: Job, statistics: Json, options: PageOptions): Promise<Json> {
  const { result } = job;
  if (result) return pageOf(site, result, options);
  if (statistics['statementType'] === 'SELECT')
    throw invalid(`The results of job ${job.ref.jobId} are no longer kept: run the query again`);
  return { totalRows: '0' };
}

async function pageOf(site: Site, { fields, table, rows }: Result, options: PageOptions): Promise<Json> {
  const page =
    options.most === 0 ? { rows: [], next: options.start } : await readPage(site, fields, table, options);
  return {
    schema: { fields },
    totalRows: String(rows),
    rows: page.rows,
    ...(page.next !== undefined && page.next < rows && { pageToken: tokenOf(page.next) }),
  };
}
