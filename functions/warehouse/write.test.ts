import { expect, it, onTestFinished, vi } from 'vitest';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Log } from '../../shared/step/log.ts';
import { createWriter } from './write.ts';

const PROJECT = 'demo-millrace';
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;
const pipeline = {
  name: 'visits',
  version: 'v1',
  schema: { type: 'object', properties: { n: { type: 'integer' } } },
  joins: [],
  warehouse: { clustering: ['event_key'], views: [] },
} as unknown as Pipeline;
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

it('a batch whose step ends between insert and acknowledgement is there once', async () => {
  const emulator = await startBigQuery({ datasets: [{ projectId: PROJECT, datasetId: 'millrace' }] });
  onTestFinished(() => emulator.stop());
  vi.stubEnv('BIGQUERY_EMULATOR_HOST', `http://127.0.0.1:${emulator.port}`);
  // Each instance of a step has a writer; the second knows nothing of the first.
  for (const write of [createWriter(PROJECT, log), createWriter(PROJECT, log)])
    expect(await write({ batch, pipeline })).toEqual(new Map());
  const bigquery = await createBigQuery(PROJECT);
  const [rows] = await bigquery.dataset('millrace').table('events_visits_raw').getRows();
  expect((rows as { event_id: string }[]).map(row => row.event_id).sort()).toEqual(['e1', 'e2', 'e3']);
});
