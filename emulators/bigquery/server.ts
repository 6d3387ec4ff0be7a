import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { listenHttp } from '../http.ts';
import { CAUSE_HEADER, withCause } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import type { DatasetRef } from './names.ts';
import type { Outage, Site } from './site.ts';

export interface BigQueryOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Keeps everything over restarts and kill -9; without it all is in memory. */
  readonly dir?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Datasets that are there from the beginning. */
  readonly datasets?: readonly DatasetRef[];
  /** Told of what is billed. */
  readonly meter?: Meter;
}

export interface BigQueryEmulator extends Emulator {
  /** From now on every request is answered so, until told otherwise. */
  fail(outage: Outage | undefined): void;
}

/**
 * BigQuery's REST API ({@link https://cloud.google.com/bigquery/docs/reference/rest}) on 127.0.0.1, for the official clients:
 * BIGQUERY_EMULATOR_HOST is `http://127.0.0.1:PORT`. DuckDB is loaded by the first request, or for a folder that has data.
 */
export async function startBigQuery(options: BigQueryOptions = {}): Promise<BigQueryEmulator> {
  const { port = 0, dir, now = Date.now, datasets = [], meter } = options;
  const file = dir === undefined ? undefined : join(dir, 'bigquery.duckdb');
  let site: Promise<typeof import('./site.ts') & { readonly open: Site }> | undefined;
  const opened = () => {
    if (dir !== undefined) mkdirSync(dir, { recursive: true });
    site ??= import('./site.ts').then(async module => ({
      ...module,
      open: await module.openSite({ file, now, datasets, meter }),
    }));
    return site;
  };
  if (file !== undefined && existsSync(file)) await opened();

  let outage: Outage | undefined;
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    const cause = req.headers[CAUSE_HEADER] as string | undefined;
    void withCause(cause, async () => {
      const { answer, open } = await opened();
      await answer(open, req, res, outage);
    });
  });
  // Clients keep idle connections for long; one closed under a client costs it a retry.
  server.keepAliveTimeout = 120_000;
  const emulator = await listenHttp(server, port);
  return {
    ...emulator,
    fail: next => {
      outage = next;
    },
    stop: async () => {
      await emulator.stop();
      await (await site)?.open.stop();
    },
  };
}
