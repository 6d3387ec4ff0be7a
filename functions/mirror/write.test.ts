import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../emulators/bigquery/server.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import type { Change } from '../../shared/mirrors/rows.ts';
import type { Log } from '../../shared/step/log.ts';
import { createWriter, type WriteChange } from './write.ts';

const PROJECT = 'demo-millrace';
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;
const rooms = (more: Partial<Mirror> = {}): Mirror => ({
  name: 'rooms',
  collection: 'rooms/{room}/seats',
  group: false,
  dataset: 'firestore_export',
  table: 'rooms',
  oldData: false,
  pathParams: false,
  clustering: ['document_id'],
  schemas: [],
  ...more,
});
const changeOf = (id: string, time: number): Change => ({
  name: `projects/${PROJECT}/databases/(default)/documents/rooms/hall/seats/${id}`,
  eventId: `e-${id}-${time}`,
  operation: 'CREATE',
  time,
  stateTime: time,
  data: `{"n":${time}}`,
  oldData: undefined,
});

let emulator: BigQueryEmulator;
let bigquery: BigQuery;
beforeAll(async () => {
  emulator = await startBigQuery({ datasets: [{ projectId: PROJECT, datasetId: 'firestore_export' }] });
  vi.stubEnv('BIGQUERY_EMULATOR_HOST', `http://127.0.0.1:${emulator.port}`);
  bigquery = await createBigQuery(PROJECT);
});
afterAll(() => emulator.stop());

/** Each instance of the step has a writer of its own, which knows nothing of the others. */
const instance = (): WriteChange => createWriter(PROJECT, log);
async function select(what: string, from: string): Promise<unknown[]> {
  const [rows] = await bigquery.query(`SELECT ${what} FROM \`firestore_export.${from}\` ORDER BY 1`);
  return (rows as Record<string, unknown>[]).map(row => Object.values(row));
}

it('a change whose step ends between insert and acknowledgement is there once', async () => {
  const mirror = { key: 'rooms@1', mirror: rooms() };
  for (const write of [instance(), instance()]) expect(await write(mirror, changeOf('a', 1))).toBeUndefined();
  for (const table of ['rooms_changelog', 'rooms_raw_latest'])
    expect(await select('document_id, data', table)).toEqual([['a', '{"n":1}']]);
});

it('a mirror that changes while changes of it are under way has the columns of both, and the rows', async () => {
  const schemas = [{ name: 'plain', fields: [{ name: 'n', type: 'number' as const }] }];
  const grown = { key: 'rooms@2', mirror: rooms({ pathParams: true, schemas }) };
  const old = { key: 'rooms@1', mirror: rooms() };
  const [one, other] = [instance(), instance()];
  await one(old, changeOf('b', 2));
  await Promise.all([
    one(grown, changeOf('c', 3)),
    other(old, changeOf('d', 4)),
    other(old, changeOf('b', 5)),
  ]);
  expect(await select('document_id, path_params, n', 'rooms_schema_plain_latest')).toEqual([
    ['a', null, 1],
    ['b', null, 5],
    ['c', '{"room":"hall"}', 3],
    ['d', null, 4],
  ]);
});
