import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from '../http.ts';
import type { Meter } from '../meter/meter.ts';
import { deployDatasets } from './datasets.ts';
import { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { fail } from './http.ts';
import { Jobs } from './jobs/registry.ts';
import type { DatasetRef } from './names.ts';
import { route } from './router.ts';
import { Rows } from './rows.ts';
import { Store } from './store.ts';

export interface SiteOptions {
  /** The file of the database; in memory without it. */
  readonly file: string | undefined;
  readonly now: () => number;
  readonly datasets: readonly DatasetRef[];
  readonly meter: Meter | undefined;
  readonly storage: (() => string) | undefined;
}

/** All there is behind the wires. Loading this module loads DuckDB. */
export interface Site {
  readonly store: Store;
  readonly rows: Rows;
  readonly jobs: Jobs;
  readonly meter: Meter | undefined;
  /** The origin of Storage's JSON API, for loading from there. */
  readonly storage: (() => string) | undefined;
  stop(): Promise<void>;
}

export async function openSite({ file, now, datasets, meter, storage }: SiteOptions): Promise<Site> {
  const engine = await Engine.open(file);
  const store = await Store.open(engine, now);
  const rows = await Rows.open(store, file && `${file}.rows`);
  const jobs = new Jobs(store);
  const site = { store, rows, jobs, meter, storage, stop: () => engine.close().then(() => rows.close()) };
  if (datasets.some(ref => !store.findDataset(ref)))
    await store.change(change => deployDatasets(store, change, datasets));
  return site;
}

/** How the service answers when it has had too much, or is not well. */
const OUTAGES = {
  429: [
    'rateLimitExceeded',
    'Exceeded rate limits: too many requests. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
  ],
  503: ['backendError', 'The service is currently unavailable.'],
} as const;
export type Outage = keyof typeof OUTAGES;

function outageError(outage: Outage): BigQueryError {
  const [reason, message] = OUTAGES[outage];
  return new BigQueryError(outage, reason, message);
}

export async function answer(
  site: Site,
  req: IncomingMessage,
  res: ServerResponse,
  outage: Outage | undefined,
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://127.0.0.1');
  try {
    if (outage) throw outageError(outage);
    // Clients write PATCH and PUT as POST where a proxy lets nothing else through.
    const method = (req.headers['x-http-method-override'] as string | undefined) ?? req.method ?? '';
    const { handler, params } = route(method, url.pathname);
    const origin = `http://${req.headers.host ?? '127.0.0.1'}`;
    const reply = await handler({ req, res, params, query: url.searchParams, site, origin });
    if (reply) send(res, reply);
  } catch (error) {
    fail(res, error);
  }
  req.resume();
}
