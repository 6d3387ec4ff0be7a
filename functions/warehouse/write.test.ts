import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../emulators/bigquery/server.ts';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Log } from '../../shared/step/log.ts';
import { createWriter, type WriteBatch } from './write.ts';

const PROJECT = 'demo-millrace';
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;
/** With a view that shows in which version it was made. */
const pipelineOf = (name: string, version: string): Pipeline =>
  ({
    name,
    version,
    schema: { type: 'object', properties: { n: { type: 'integer' } } },
    joins: [],
    warehouse: {
      clustering: ['event_key'],
      views: [
        { name: 'says', description: 'Its version', query: `SELECT '${version}' AS said FROM {events}` },
      ],
    },
  }) as unknown as Pipeline;
const batch = {
  id: 'b',
  events: [1, 2, 3].map(n => ({
    specversion: '1.0',
    id: `e${n}`,
    source: '/s',
    type: 't',
    time: '2026-01-01T00:00:00.000Z',
    partitionkey: 'k',
    data: { n },
  })),
} as unknown as EventBatch;

let emulator: BigQueryEmulator;
let bigquery: BigQuery;
beforeAll(async () => {
  emulator = await startBigQuery({ datasets: [{ projectId: PROJECT, datasetId: 'millrace' }] });
  vi.stubEnv('BIGQUERY_EMULATOR_HOST', `http://127.0.0.1:${emulator.port}`);
  bigquery = await createBigQuery(PROJECT);
});
afterAll(() => emulator.stop());

/** Each instance of the step has a writer of its own, which knows nothing of the others. */
const instance = (inForce: string): WriteBatch =>
  createWriter(PROJECT, log, async ({ version }) => version === inForce);

it('a batch whose step ends between insert and acknowledgement is there once', async () => {
  const pipeline = pipelineOf('visits', 'v1');
  for (const write of [instance('v1'), instance('v1')])
    expect(await write({ batch, pipeline })).toEqual(new Map());
  const [rows] = await bigquery.dataset('millrace').table('events_visits_raw').getRows();
  expect((rows as { event_id: string }[]).map(row => row.event_id).sort()).toEqual(['e1', 'e2', 'e3']);
});

it('views are made once their version is in force, though its batches may be there before', async () => {
  let inForce = 'v1';
  const write = createWriter(PROJECT, log, async ({ version }) => version === inForce);
  const said = () => bigquery.query('SELECT DISTINCT said FROM `millrace.sales_says`');
  await write({ batch, pipeline: pipelineOf('sales', 'v2') });
  await expect(said()).rejects.toThrow(/Not found/);
  inForce = 'v2';
  await write({ batch, pipeline: pipelineOf('sales', 'v2') });
  expect((await said())[0]).toEqual([{ said: 'v2' }]);
});

it('views stay those of the version in force when a batch of an older one comes', async () => {
  for (const [inForce, version] of [
    ['v1', 'v1'],
    ['v2', 'v2'],
    ['v2', 'v1'],
  ] as const) {
    await instance(inForce)({ batch, pipeline: pipelineOf('clicks', version) });
    const [[row]] = await bigquery.query('SELECT DISTINCT said FROM `millrace.clicks_says`');
    expect(row).toEqual({ said: inForce });
  }
});
