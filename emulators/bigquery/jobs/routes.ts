import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reply } from '../../http.ts';
import { StorageError } from '../../storage/errors.ts';
import { boundaryOf, parseMultipart } from '../../storage/upload/multipart.ts';
import { LOCATION } from '../../suite-address.ts';
import { BigQueryError, required, unimplemented } from '../errors.ts';
import { type Call, type Handler, pageOf, readJson } from '../http.ts';
import { booleanAt, type Json, objectAt, parseBody, textAt } from '../json.ts';
import { fetchSources, type Source } from '../load/source.ts';
import { runCopy } from './copy.ts';
import { Job } from './job.ts';
import { runLoad } from './load.ts';
import { planQuery, planStatistics, runQuery } from './query.ts';
import type { KnownJob, Work } from './registry.ts';
import { soon } from './soon.ts';

/** Files of one job, here until it is done. */
async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-load-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What each kind of job does, by the name of its configuration. */
const KINDS: Readonly<Record<string, readonly [string, (call: Call, configuration: Json) => Work]>> = {
  query: [
    'QUERY',
    ({ site }, configuration) =>
      job =>
        runQuery(site, job, configuration),
  ],
  load: [
    'LOAD',
    ({ site }, configuration) =>
      job =>
        withFolder(async folder => {
          const uris = configuration['sourceUris'];
          if (!Array.isArray(uris) || uris.length === 0) throw required('sourceUris');
          if (!site.storage) throw unimplemented('Loading from Storage without a Storage emulator');
          const sources = await fetchSources(site.storage(), uris.map(String), folder);
          await runLoad(site, job, configuration, sources);
        }),
  ],
  copy: [
    'COPY',
    ({ site }, configuration) =>
      job =>
        runCopy(site, job, configuration),
  ],
  extract: [
    'EXTRACT',
    () => {
      throw unimplemented('An extract job');
    },
  ],
};

/** `POST /jobs`: begins a job; a short one is done by the time of the answer. */
export const insertJob: Handler = async call => begin(call, await readJson(call));

async function begin(call: Call, json: Json): Promise<Reply> {
  const configuration = objectAt(json, 'configuration');
  if (!configuration) throw required('configuration');
  const kind = Object.keys(KINDS).find(name => configuration[name] !== undefined);
  if (kind === undefined) throw required('configuration.query, load or copy');
  if (kind === 'query' && booleanAt(configuration, 'dryRun')) return dryRun(call, configuration);
  const [jobType, workOf] = KINDS[kind]!;
  const work = workOf(call, objectAt(configuration, kind)!);
  return started(call, json, { ...configuration, jobType }, work);
}

/** Understands a query, tells what it would read, and leaves no job behind. */
async function dryRun({ site, params, origin }: Call, configuration: Json): Promise<Reply> {
  const projectId = params['project']!;
  const plan = await planQuery(site, projectId, objectAt(configuration, 'query')!);
  const ref = { projectId, jobId: '', location: LOCATION };
  const job = new Job(ref, { ...configuration, jobType: 'QUERY' }, () => site.store.now);
  job.start();
  job.tell(planStatistics(plan, true));
  job.succeed();
  return { json: job.resource(origin) };
}

async function started(call: Call, json: Json, configuration: Json, work: Work): Promise<Reply> {
  const reference = objectAt(json, 'jobReference') ?? {};
  const jobId = textAt(reference, 'jobId');
  const job = call.site.jobs.start(call.params['project']!, jobId, configuration, work);
  await soon(job.done);
  return { json: job.resource(call.origin) };
}

/** `POST /upload/…/jobs`: a load job whose file comes along with it. */
export const uploadJob: Handler = async call => {
  const type = call.query.get('uploadType');
  if (type !== 'multipart') throw unimplemented(`An upload of the type ${type ?? '(none)'}`);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-load-'));
  try {
    const { metadata, media } = await parseMultipart(call.req, boundaryOf(call.req.headers['content-type']));
    const json = parseBody(metadata);
    const configuration = objectAt(json, 'configuration') ?? {};
    const load = objectAt(configuration, 'load');
    if (!load) throw required('configuration.load');
    const path = join(folder, 'upload');
    await pipeline(Readable.from(media), createWriteStream(path));
    const source: Source = { name: 'the upload', path, bytes: (await stat(path)).size };
    return await started(call, json, { ...configuration, jobType: 'LOAD' }, job =>
      runLoad(call.site, job, load, [source]).finally(() => rm(folder, { recursive: true, force: true })),
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error instanceof StorageError ? new BigQueryError(error.code, error.reason, error.message) : error;
  }
};

const resourceOf = (job: KnownJob, origin: string): Json =>
  job instanceof Job ? job.resource(origin) : job.resource;

export const jobOf = ({ site, params }: Call): KnownJob => site.jobs.get(params['project']!, params['job']!);

export const getJob: Handler = async call => {
  const job = jobOf(call);
  // Clients ask again and again: an answer that waits a little saves them a round.
  if (job instanceof Job) await soon(job.done);
  return { json: resourceOf(job, call.origin) };
};

export const listJobs: Handler = call => {
  const { site, params, query, origin } = call;
  const wanted = new Set(query.getAll('stateFilter').map(state => state.toUpperCase()));
  const jobs = site.jobs
    .list(params['project']!)
    .map(job => resourceOf(job, origin))
    .filter(job => wanted.size === 0 || wanted.has(String(objectAt(job, 'status')?.['state'])));
  const { page, ...next } = pageOf(jobs, query);
  return {
    json: {
      kind: 'bigquery#jobList',
      etag: `${jobs.length}`,
      ...next,
      jobs: page.map(({ kind, etag, selfLink, ...job }) => ({
        kind,
        ...job,
        state: objectAt(job, 'status')?.['state'],
      })),
    },
  };
};

/** Asks a job to end; one that is done stays as it is. */
export const cancelJob: Handler = async call => {
  const job = jobOf(call);
  if (job instanceof Job) {
    job.cancel();
    await soon(job.done);
  }
  return { json: { kind: 'bigquery#jobCancelResponse', job: resourceOf(job, call.origin) } };
};

export const deleteJob: Handler = async ({ site, params }) => {
  await site.jobs.delete(params['project']!, params['job']!);
  return { status: 204 };
};
