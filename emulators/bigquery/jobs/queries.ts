import { invalid } from '../errors.ts';
import { type Handler, readJson } from '../http.ts';
import { booleanAt, integerAt, isObject, type Json, objectAt, textAt } from '../json.ts';
import { cellOptions, pageOptions } from '../pages.ts';
import { queryAnswer } from './answers.ts';
import { Job } from './job.ts';
import { planQuery, planStatistics, runQuery } from './query.ts';
import { jobOf } from './routes.ts';
import { soon } from './soon.ts';

/** How long an answer with the results of a query waits for them, unless told. */
const RESULTS_MS = 10_000;

/** `POST /queries`: runs a query and answers with its first rows. */
export const query: Handler = async call => {
  const { site, params } = call;
  const projectId = params['project']!;
  const json = await readJson(call);
  const {
    kind,
    maxResults,
    timeoutMs,
    formatOptions,
    requestId,
    dryRun: isDry,
    labels,
    ...configuration
  } = json;
  if (booleanAt(json, 'dryRun')) {
    const plan = await planQuery(site, projectId, configuration);
    const { totalBytesProcessed, query: told } = planStatistics(plan, true);
    const { schema } = told as Json;
    return {
      json: {
        kind: 'bigquery#queryResponse',
        jobComplete: true,
        schema,
        totalBytesProcessed,
        cacheHit: false,
      },
    };
  }
  const job = site.jobs.once(projectId, textAt(json, 'requestId'), () =>
    site.jobs.start(
      projectId,
      undefined,
      { jobType: 'QUERY', query: configuration, ...(isObject(labels) && { labels }) },
      running => runQuery(site, running, configuration),
    ),
  );
  await soon(job.done, integerAt(json, 'timeoutMs') ?? RESULTS_MS);
  const format = objectAt(json, 'formatOptions') ?? {};
  const answer = await queryAnswer(site, job, {
    start: 0,
    most: integerAt(json, 'maxResults') ?? Number.MAX_SAFE_INTEGER,
    ...cellOptions(format['useInt64Timestamp'], format['timestampOutputFormat']),
  });
  return { json: { kind: 'bigquery#queryResponse', ...answer } };
};

/** `GET /queries/JOB`: results of a query that is done, or will soon be. */
export const getQueryResults: Handler = async call => {
  const { site, query: wanted } = call;
  const job = jobOf(call);
  if (!(job instanceof Job))
    throw invalid(`The results of job ${job.jobId} ended with the process that ran it`);
  if (objectAt(job.configuration, 'query') === undefined) throw invalid(`Job ${job.ref.jobId} is no query`);
  await soon(job.done, integerAt({ timeoutMs: wanted.get('timeoutMs') }, 'timeoutMs') ?? RESULTS_MS);
  const answer = await queryAnswer(site, job, pageOptions(wanted));
  return { json: { kind: 'bigquery#getQueryResultsResponse', etag: job.ref.jobId, ...answer } };
};
