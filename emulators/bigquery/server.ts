import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { GrpcError, status } from '../grpc/errors.ts';
import { listenToBoth } from '../grpc/port.ts';
import { addService, loadProtos, newServer } from '../grpc/server.ts';
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
  /** The origin of Storage's JSON API, for loading from there; jobs that want it fail without. */
  readonly storage?: () => string;
  /** Told of what is billed. */
  readonly meter?: Meter;
}

export interface BigQueryEmulator extends Emulator {
  /** From now on every request is answered so, until told otherwise. */
  fail(outage: Outage | undefined): void;
  /** How many requests have been answered so, appended ones over gRPC included. */
  readonly refused: number;
}

const OUTAGE_STATUS = { 429: status.RESOURCE_EXHAUSTED, 503: status.UNAVAILABLE } as const;

/**
 * BigQuery's REST API ({@link https://cloud.google.com/bigquery/docs/reference/rest}) on 127.0.0.1, for the official clients:
 * BIGQUERY_EMULATOR_HOST is `http://127.0.0.1:PORT`. The Storage Write API is on the same port, over gRPC. DuckDB is loaded by
 * the first request, or for a folder that has data.
 */
export async function startBigQuery(options: BigQueryOptions = {}): Promise<BigQueryEmulator> {
  const { port = 0, dir, now = Date.now, datasets = [], meter, storage } = options;
  const file = dir === undefined ? undefined : join(dir, 'bigquery.duckdb');
  let site: Promise<typeof import('./site.ts') & { readonly open: Site }> | undefined;
  const opened = () => {
    if (dir !== undefined) mkdirSync(dir, { recursive: true });
    site ??= import('./site.ts').then(async module => ({
      ...module,
      open: await module.openSite({ file, now, datasets, meter, storage }),
    }));
    return site;
  };
  if (file !== undefined && existsSync(file)) await opened();

  let outage: Outage | undefined;
  let refused = 0;
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    const cause = req.headers[CAUSE_HEADER] as string | undefined;
    if (outage) refused++;
    void withCause(cause, () =>
      opened().then(
        ({ answer, open }) => answer(open, req, res, outage),
        error => {
          console.error(error);
          const message = `Could not open ${file}: ${(error as Error).message}. Restore it, or remove its folder to start anew.`;
          res
            .writeHead(500, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error: { code: 500, message } }));
        },
      ),
    );
  });
  // Clients keep idle connections for long; one closed under a client costs it a retry.
  server.keepAliveTimeout = 120_000;
  const grpc = newServer();
  let served: Promise<void> | undefined;
  const serve = async (): Promise<void> => {
    const { open } = await opened();
    const { SERVICE, writeHandlers } = await import('./write/service.ts');
    const root = loadProtos('@google-cloud/bigquery-storage', 'protos.json');
    addService(
      grpc,
      root,
      SERVICE,
      writeHandlers(open, root, () => {
        if (!outage) return;
        refused++;
        throw new GrpcError(OUTAGE_STATUS[outage], 'The service is currently unavailable.');
      }),
    );
  };
  const emulator = await listenToBoth(grpc, server, port, undefined, () => {
    served ??= serve();
    return served;
  });
  return {
    ...emulator,
    fail: next => {
      outage = next;
    },
    get refused() {
      return refused;
    },
    stop: async () => {
      await emulator.stop();
      await (await site)?.open.stop();
    },
  };
}
