import { resolve } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../emulators/bigquery/server.ts';
import { rowOf } from '../functions/warehouse/warehouse.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { insertAll } from '../shared/bigquery/insert.ts';
import { ensureTable } from '../shared/bigquery/tables.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';
import { dashboardViews, eventFields, eventTable, eventView } from '../shared/warehouse/tables.ts';

const PROJECT = 'demo-millrace';
const { pipelines } = loadPipelines(resolve(import.meta.dirname, '../pipelines'));
const pipelineOf = (name: string): Pipeline => pipelines.find(one => one.name === name)!;

let emulator: BigQueryEmulator;
let bigquery: BigQuery;
beforeAll(async () => {
  emulator = await startBigQuery({});
  bigquery = await createBigQuery(PROJECT, { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulator.port}` });
  await bigquery.createDataset('millrace');
  for (const pipeline of pipelines.filter(({ warehouse }) => warehouse)) await prepare(pipeline);
});
afterAll(() => emulator.stop());

/** As the step does it, but that a view which cannot be made is an error. */
async function prepare(pipeline: Pipeline): Promise<void> {
  await ensureTable(bigquery, eventTable(pipeline)!);
  for (const { dataset, view, description, query } of [
    eventView(pipeline, PROJECT),
    ...dashboardViews(pipeline, PROJECT),
  ])
    await bigquery.dataset(dataset).createTable(view, { description, view: { query, useLegacySql: false } });
}

/** Sends events, each twice: a view counts each once. */
async function send(
  name: string,
  records: readonly (readonly [time: string, data: Readonly<Record<string, unknown>>])[],
): Promise<void> {
  const pipeline = pipelineOf(name);
  const events = records.map(([time, data], at) => ({
    id: `e${at}`,
    source: 'test',
    type: 't',
    time,
    partitionkey: 'k',
    data,
  }));
  const rows = events.map(event => rowOf(name, event as never, eventFields(pipeline)));
  for (const copy of ['', 'again'])
    await insertAll(
      bigquery,
      eventTable(pipeline)!,
      rows.map(row => ({ ...row, insertId: row.insertId + copy })),
    );
}

/** Rows with dates and times as text. */
async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const [rows] = await bigquery.query(sql);
  const plain = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && 'value' in value
      ? (value as { value: unknown }).value
      : value;
  return (rows as Record<string, unknown>[]).map(row =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])),
  );
}

describe('views for dashboards', () => {
  it('are there for every pipeline that keeps events, and answer before there are any', async () => {
    const kept = pipelines.filter(({ warehouse }) => warehouse);
    expect(kept.map(({ name }) => name)).toEqual(expect.arrayContaining(['clicks', 'logs', 'quakes']));
    for (const pipeline of kept) {
      const views = dashboardViews(pipeline, PROJECT);
      expect(views.length, pipeline.name).toBeGreaterThan(0);
      for (const { view } of views)
        expect(await ask(`SELECT COUNT(*) AS n FROM millrace.${view}`)).toHaveLength(1);
    }
  });

  it('of logs: the error budget, burnt by failures and given back after thirty days', async () => {
    const request = (status: number) => ({
      remote: '192.0.2.1',
      time: '',
      method: 'GET',
      path: '/a?b=1',
      status,
      statusClass: `${Math.floor(status / 100)}xx`,
      bytes: 10,
    });
    const day = (date: string, good: number, bad: number) =>
      Array.from(
        { length: good + bad },
        (_, at) => [`${date}T12:00:00Z`, request(at < good ? 200 : 503)] as const,
      );
    await send('logs', [
      ...day('2026-01-01', 998, 2),
      ...day('2026-01-02', 1000, 0),
      ...day('2026-02-01', 500, 0),
    ]);
    const budget = await ask('SELECT * FROM millrace.logs_error_budget ORDER BY day');
    expect(budget.map(({ day: date, requests, errors }) => [date, requests, errors])).toEqual([
      ['2026-01-01', 1000, 2],
      ['2026-01-02', 1000, 0],
      ['2026-02-01', 500, 0],
    ]);
    const figures = budget.map(({ availability, burn_rate, spent, budget_left }) => [
      availability,
      burn_rate,
      spent,
      budget_left,
    ]);
    for (const [at, expected] of [
      [0.998, 2, 2, 0],
      [1, 0, 1, 0],
      [1, 0, 0, 1],
    ].entries())
      for (const [column, value] of expected.entries()) expect(figures[at]![column]).toBeCloseTo(value, 9);
    expect(await ask('SELECT * FROM millrace.logs_traffic WHERE status_class = "5xx"')).toEqual([
      { hour: '2026-01-01T12:00:00.000Z', status_class: '5xx', requests: 2, bytes: 20, visitors: 1 },
    ]);
    expect(await ask('SELECT path, requests, failed, refused FROM millrace.logs_paths')).toEqual([
      { path: '/a', requests: 2500, failed: 2, refused: 0 },
    ]);
  });

  it('of quakes: by day and network, and by region', async () => {
    const quake = (mag: number, place: string | null, depth: number) => ({
      id: `${mag}`,
      properties: { mag, place, time: 1, net: 'us', type: 'earthquake' },
      geometry: { coordinates: [1, 2, depth] },
    });
    await send('quakes', [
      ['2026-01-01T01:00:00Z', quake(5, '9km N of Sola, Vanuatu', 10)],
      ['2026-01-01T02:00:00Z', quake(6, '1km S of Port-Vila, Vanuatu', 30)],
      ['2026-01-02T02:00:00Z', quake(4, null, 5)],
    ]);
    expect(await ask('SELECT * FROM millrace.quakes_daily ORDER BY day')).toEqual([
      { day: '2026-01-01', network: 'us', quakes: 2, strongest: 6, mean_depth: 20 },
      { day: '2026-01-02', network: 'us', quakes: 1, strongest: 4, mean_depth: 5 },
    ]);
    expect(await ask('SELECT * FROM millrace.quakes_places')).toEqual([
      { region: 'Vanuatu', quakes: 2, strongest: 6, strongest_at: '2026-01-01T02:00:00.000Z' },
    ]);
  });

  describe('of clicks', () => {
    const click = (remote: string, path: string, status = 200) => ({
      remote,
      time: '',
      method: 'GET',
      path,
      status,
      bytes: 1,
    });
    beforeAll(() =>
      send('clicks', [
        ['2026-01-05T10:00:00Z', click('ann', '/')],
        ['2026-01-05T10:00:01Z', click('ann', '/logo.png')],
        ['2026-01-05T10:20:00Z', click('ann', '/projects/x/')],
        ['2026-01-05T10:49:59Z', click('ann', '/files/x.zip')],
        // Half an hour after the last one.
        ['2026-01-05T11:19:59Z', click('ann', '/')],
        ['2026-01-06T10:00:00Z', click('bob', '/files/y.zip')],
        ['2026-01-06T10:01:00Z', click('bob', '/projects/y/')],
        ['2026-01-06T10:02:00Z', click('bob', '/gone', 404)],
        ['2026-01-07T10:00:00Z', click('cat', '/')],
        ['2026-01-14T10:00:00Z', click('ann', '/')],
        ['2026-01-13T10:00:00Z', click('dan', '/')],
      ]),
    );

    it('visits end with half an hour without a click', async () => {
      const sessions = await ask('SELECT * FROM millrace.clicks_sessions ORDER BY visitor, visit');
      const summary = sessions.map(({ visitor, visit, seconds, clicks, pages, landing, last }) => [
        visitor,
        visit,
        seconds,
        clicks,
        pages,
        landing,
        last,
      ]);
      expect(summary).toEqual([
        ['ann', 1, 2999, 3, 3, '/', '/files/x.zip'],
        ['ann', 2, 0, 1, 1, '/', '/'],
        ['ann', 3, 0, 1, 1, '/', '/'],
        ['bob', 1, 60, 2, 2, '/files/y.zip', '/projects/y/'],
        ['cat', 1, 0, 1, 1, '/', '/'],
        ['dan', 1, 0, 1, 1, '/', '/'],
      ]);
      expect(sessions[0]).toMatchObject({
        began: '2026-01-05T10:00:00.000Z',
        ended: '2026-01-05T10:49:59.000Z',
      });
    });

    it('a step of the funnel counts after the one before it', async () => {
      expect(await ask('SELECT * FROM millrace.clicks_funnel ORDER BY step')).toEqual([
        { step: 1, name: 'came', visitors: 4, of_all: 1, of_previous: null },
        { step: 2, name: 'read on', visitors: 2, of_all: 0.5, of_previous: 0.5 },
        { step: 3, name: 'looked at a project', visitors: 2, of_all: 0.5, of_previous: 1 },
        { step: 4, name: 'took a file', visitors: 1, of_all: 0.25, of_previous: 0.5 },
      ]);
    });

    it('who comes back is counted by the week of the first click', async () => {
      expect(await ask('SELECT * FROM millrace.clicks_retention ORDER BY cohort, weeks_later')).toEqual([
        { cohort: '2026-01-05', weeks_later: 0, visitors: 3, share: 1 },
        { cohort: '2026-01-05', weeks_later: 1, visitors: 1, share: 1 / 3 },
        { cohort: '2026-01-12', weeks_later: 0, visitors: 1, share: 1 },
      ]);
    });
  });
});
