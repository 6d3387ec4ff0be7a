import { match, pattern, segmentsOf } from '../paths.ts';
import * as datasets from './datasets.ts';
import { BigQueryError, invalid, notFound, unimplemented } from './errors.ts';
import type { Handler } from './http.ts';
import * as queries from './jobs/queries.ts';
import * as jobs from './jobs/routes.ts';
import * as tabledata from './tabledata.ts';
import * as tables from './tables.ts';

/** Method, path, handler; `:x` takes one segment. {@link https://cloud.google.com/bigquery/docs/reference/rest} */
const ROUTES: readonly (readonly [string, string, Handler])[] = [
  ['POST', '/projects/:project/datasets', datasets.insertDataset],
  ['GET', '/projects/:project/datasets', datasets.listDatasets],
  ['GET', '/projects/:project/datasets/:dataset', datasets.getDataset],
  ['PATCH', '/projects/:project/datasets/:dataset', datasets.patchDataset],
  ['PUT', '/projects/:project/datasets/:dataset', datasets.updateDataset],
  ['DELETE', '/projects/:project/datasets/:dataset', datasets.deleteDataset],
  ['POST', '/projects/:project/datasets/:dataset/tables', tables.insertTable],
  ['GET', '/projects/:project/datasets/:dataset/tables', tables.listTables],
  ['GET', '/projects/:project/datasets/:dataset/tables/:table', tables.getTable],
  ['PATCH', '/projects/:project/datasets/:dataset/tables/:table', tables.patchTable],
  ['PUT', '/projects/:project/datasets/:dataset/tables/:table', tables.updateTable],
  ['DELETE', '/projects/:project/datasets/:dataset/tables/:table', tables.deleteTable],
  ['POST', '/projects/:project/datasets/:dataset/tables/:table/insertAll', tabledata.insertAll],
  ['GET', '/projects/:project/datasets/:dataset/tables/:table/data', tabledata.listRows],
  ['POST', '/projects/:project/jobs', jobs.insertJob],
  ['GET', '/projects/:project/jobs', jobs.listJobs],
  ['GET', '/projects/:project/jobs/:job', jobs.getJob],
  ['POST', '/projects/:project/jobs/:job/cancel', jobs.cancelJob],
  ['DELETE', '/projects/:project/jobs/:job/delete', jobs.deleteJob],
  ['POST', '/projects/:project/queries', queries.query],
  ['GET', '/projects/:project/queries/:job', queries.getQueryResults],
  ['POST', '/upload/projects/:project/jobs', jobs.uploadJob],
];

/** Known to the service, not here: path and what to call it, whatever the method. `*` takes the rest. */
const UNIMPLEMENTED: readonly (readonly [string, string])[] = [
  ['/projects', 'Listing projects'],
  ['/projects/:project/serviceAccount', 'The service account of a project'],
  ['/projects/:project/datasets/:dataset/routines/*', 'A routine'],
  ['/projects/:project/datasets/:dataset/models/*', 'A model'],
  ['/projects/:project/datasets/:dataset/tables/:table/rowAccessPolicies/*', 'A row access policy'],
  ['/projects/:project/datasets/:dataset/tables/:table/*', 'IAM policies of a table'],
];

const TABLE = ROUTES.map(([method, path, handler]) => ({ method, handler, ...pattern(path) }));
const REFUSED = UNIMPLEMENTED.map(([path, what]) => ({ what, ...pattern(path) }));

export interface Route {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * @param path as on the wire, with the service's prefix or without: where BIGQUERY_EMULATOR_HOST is set the Node client leaves it out
 * @throws BigQueryError 404, 405, 501
 */
export function route(method: string, path: string): Route {
  const plain = path.replace(/^(\/(?:resumable\/)?upload)?\/bigquery\/v2\//, (_, upload) =>
    upload ? '/upload/' : '/',
  );
  const segments = segmentsOf(plain.replace(/(?<=.)\/$/, ''), invalid);
  let allowed = false;
  for (const { method: wanted, handler, ...candidate } of TABLE) {
    const params = match(candidate, segments);
    if (params && wanted === method) return { handler, params };
    allowed ||= params !== undefined;
  }
  for (const { what, ...candidate } of REFUSED) if (match(candidate, segments)) throw unimplemented(what);
  if (allowed) throw new BigQueryError(405, 'methodNotAllowed', `${method} is not allowed on ${path}`);
  throw notFound(`${method} ${path}`);
}
