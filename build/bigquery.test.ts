import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startBigQuery } from '../emulators/bigquery/server.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { ensureTable, ensureViews, type TableSpec } from '../shared/bigquery/tables.ts';
import { loadMirrors } from '../shared/mirrors/load.ts';
import { changelogTable, latestTable, mirrorViews } from '../shared/mirrors/tables.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import type { Log } from '../shared/step/log.ts';
import { dashboardViews, eventTable, eventView } from '../shared/warehouse/tables.ts';
import { declare } from './bigquery.ts';

const PROJECT = 'demo-millrace';
const FOLDER = join(import.meta.dirname, '../pipelines');
const { pipelines } = loadPipelines(FOLDER);
const { mirrors } = loadMirrors(FOLDER);
const kept = pipelines.filter(({ warehouse }) => warehouse);

it('declares in BigQuery what the steps need, so that they find all of it and change nothing', async () => {
  const declared = declare(pipelines, mirrors);
  const names = ['tables', 'views', 'views_of_views'] as const;
  const datasets = new Set(Object.values(declared.tables).map(({ dataset }) => dataset));
  const emulator = await startBigQuery({
    datasets: [...datasets].map(datasetId => ({ projectId: PROJECT, datasetId })),
  });
  onTestFinished(() => emulator.stop());
  const bigquery = await createBigQuery(PROJECT, {
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulator.port}`,
  });
  // As terraform/bigquery.tf has them.
  for (const { dataset, table, ...spec } of Object.values(declared.tables))
    await bigquery.dataset(dataset).createTable(table, {
      description: spec.description,
      schema: { fields: spec.columns as object[] },
      ...(spec.partitioning && { timePartitioning: spec.partitioning }),
      ...(spec.clustering && { clustering: { fields: [...spec.clustering] } }),
      ...(spec.primaryKey && { tableConstraints: { primaryKey: { columns: [...spec.primaryKey] } } }),
    });
  for (const { dataset, view, query } of [declared.views, declared.views_of_views].flatMap(Object.values))
    await bigquery
      .dataset(dataset)
      .createTable(view, { view: { query: query.join(PROJECT), useLegacySql: false } });
  const etags = (): Promise<unknown[]> =>
    Promise.all(
      names.flatMap(kind =>
        Object.keys(declared[kind]).map(async name => {
          const [dataset = '', table = ''] = name.split('.');
          const [{ etag }] = await bigquery.dataset(dataset).table(table).getMetadata();
          return [name, etag];
        }),
      ),
    );
  const before = await etags();

  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) } as unknown as Log;
  const tables: TableSpec[] = [
    ...kept.flatMap(pipeline => eventTable(pipeline) ?? []),
    ...mirrors.flatMap(mirror => [changelogTable(mirror), latestTable(mirror)]),
  ];
  for (const spec of tables) expect(await ensureTable(bigquery, spec)).toHaveLength(spec.columns.length);
  const views = [
    ...kept.flatMap(pipeline => [eventView(pipeline, PROJECT), ...dashboardViews(pipeline, PROJECT)]),
    ...mirrors.flatMap(mirror => mirrorViews(mirror, PROJECT)),
  ];
  await ensureViews(bigquery, views, log);
  expect(warnings).toEqual([]);
  expect(await etags()).toEqual(before);
  expect(before).toHaveLength(tables.length + views.length);
});

it('tells apart views that read tables and views that read views', () => {
  const { views, views_of_views } = declare(pipelines, mirrors);
  expect(Object.keys(views)).toEqual(
    expect.arrayContaining(['millrace.events_clicks', 'firestore_export.alerts_schema_alerts_latest']),
  );
  expect(Object.keys(views_of_views)).toEqual(
    expect.arrayContaining(['millrace.clicks_sessions', 'firestore_export.alerts_schema_alerts_changelog']),
  );
});
