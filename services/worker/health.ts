import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from './worker.ts';

export interface Health {
  readonly port: number;
  stop(): void;
}

/**
 * Serves `GET /healthz` for the probes of a worker pool or of Kubernetes: 200 with the worker's counts as JSON. A worker that
 * Pub/Sub refuses ends by itself; what a probe finds out is a process whose event loop no longer turns.
 * {@link https://cloud.google.com/run/docs/configuring/workerpools/healthchecks}
 */
export async function serveHealth(port: number, worker: Pick<Worker, 'status'>): Promise<Health> {
  const server = createServer(({ url }, response) => {
    const found = url === '/healthz';
    const body = found ? worker.status : { error: 'There is /healthz only' };
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  });
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
