import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export interface Worker {
  readonly url: string;
  readonly calls: Call[];
  /** Resolves once so many calls have come. */
  called(count: number): Promise<readonly Call[]>;
  stop(): Promise<void>;
}

/** An HTTP server that notes what comes and answers what `answer` says; a promise of it delays the answer. */
export async function startWorker(
  answer: (call: Call, number: number) => number | Promise<number> = () => 200,
): Promise<Worker> {
  const calls: Call[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { method = '', url: path = '', headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
      calls.push(call);
      for (const { count, done } of waiting) if (calls.length >= count) done();
      response.writeHead(await answer(call, calls.length)).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    called: count =>
      new Promise(resolve => {
        const done = (): void => resolve(calls);
        if (calls.length >= count) done();
        else waiting.push({ count, done });
      }),
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The official client, pointed at an emulator. */
export function clientOf(port: number): CloudTasksClient {
  return new CloudTasksClient({
    projectId: 'demo',
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  });
}

export const LOCATION = 'projects/demo/locations/local-1';
export const QUEUE = `${LOCATION}/queues/work`;
