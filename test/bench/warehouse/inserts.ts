import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { forkBigQuery } from '../../../emulators/bigquery/testing-child.ts';
import { clientOf } from '../../../emulators/bigquery/testing-client.ts';

const BATCH_ROWS = 500;
/** Requests under way at once. */
const AT_ONCE = 4;

export interface InsertFigures {
  readonly rows: number;
  readonly seconds: number;
  /** Of the emulator's process for a thousand rows, in milliseconds. */
  readonly cpu: number;
  /** Bytes. */
  readonly peak: number;
}

const FIELDS = [
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'source', type: 'STRING' },
  { name: 'event_time', type: 'TIMESTAMP' },
  { name: 'origin', type: 'STRING' },
  { name: 'destination', type: 'STRING' },
  { name: 'delay', type: 'INTEGER' },
  { name: 'distance', type: 'FLOAT' },
  { name: 'data', type: 'JSON' },
];
const AIRPORTS = ['LAX', 'SFO', 'JFK', 'ORD', 'ATL', 'DFW'];

const rowOf = (number: number): object => ({
  event_id: `flight-${number}`,
  source: '//flights/2001',
  event_time: new Date(978_307_200_000 + number * 1000).toISOString(),
  origin: AIRPORTS[number % 6],
  destination: AIRPORTS[(number * 7) % 6],
  delay: (number % 180) - 20,
  distance: (number % 5000) / 2,
  data: `{"carrier":"AA","number":${number % 9999}}`,
});

/** Bodies made beforehand: what is measured is the emulator. */
function bodiesOf(rows: number): Buffer[] {
  return Array.from({ length: Math.ceil(rows / BATCH_ROWS) }, (_, batch) => {
    const batchRows = Array.from({ length: Math.min(BATCH_ROWS, rows - batch * BATCH_ROWS) }, (_row, at) => {
      const number = batch * BATCH_ROWS + at;
      return { insertId: `id-${number}`, json: rowOf(number) };
    });
    return Buffer.from(JSON.stringify({ kind: 'bigquery#tableDataInsertAllRequest', rows: batchRows }));
  });
}

/**
 * Streams rows by insertAll into an emulator in a process of its own, and counts them there by a query.
 * @param durable with a folder, so that every answer waits for the disk
 * @throws Error where rows are missing or doubled
 */
export async function insertRate(rows: number, durable: boolean): Promise<InsertFigures> {
  const dir = durable ? await mkdtemp(join(tmpdir(), 'millrace-bench-')) : undefined;
  const child = await forkBigQuery(dir);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    const client = clientOf(`http://127.0.0.1:${child.port}`);
    await client.createDataset('bench');
    await client.dataset('bench').createTable('rows', { schema: { fields: FIELDS } });
    const path = '/bigquery/v2/projects/demo-millrace/datasets/bench/tables/rows/insertAll';
    const bodies = bodiesOf(rows);
    const before = await child.usage();
    const started = performance.now();
    const post = (body: Buffer): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'content-length': body.length };
        const sent = request({ port: child.port, method: 'POST', path, agent, headers }, response => {
          let text = '';
          response.setEncoding('utf8').on('data', chunk => {
            text += chunk;
          });
          response.on('end', () =>
            response.statusCode === 200 && !text.includes('insertErrors')
              ? resolve()
              : reject(new Error(text)),
          );
        });
        sent.on('error', reject).end(body);
      });
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < bodies.length) await post(bodies[next++]!);
      }),
    );
    // The rows are there once they are seen.
    const [[found]] = await client.query(
      'SELECT COUNT(*) AS c, COUNT(DISTINCT event_id) AS d FROM bench.rows',
    );
    const seconds = (performance.now() - started) / 1000;
    if (found.c !== rows || found.d !== rows)
      throw new Error(`${rows} rows were sent, ${found.c} are there, ${found.d} of them distinct`);
    const after = await child.usage();
    return { rows, seconds, cpu: ((after.cpu - before.cpu) / rows) * 1000, peak: after.peak };
  } finally {
    agent.destroy();
    child.process.kill('SIGKILL');
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  }
}
