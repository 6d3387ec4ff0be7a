import { identifier } from '../duckdb-types.ts';
import { invalid, required, unimplemented } from '../errors.ts';
import { isObject, type Json, textAt } from '../json.ts';
import { tableName } from '../names.ts';
import type { Site } from '../site.ts';
import { duckdbName, isView, relationOf } from '../stored.ts';
import { destinationOf, prepare, tableRef } from './destination.ts';
import type { Job } from './job.ts';

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationtablecopy} */
export async function runCopy(site: Site, job: Job, configuration: Json): Promise<void> {
  const operation = textAt(configuration, 'operationType') ?? 'COPY';
  if (operation !== 'COPY') throw unimplemented(`The ${operation} operation of a copy job`);
  const given = configuration['sourceTables'] ?? [configuration['sourceTable']];
  if (!Array.isArray(given) || !given.every(isObject)) throw required('sourceTable');
  const sources = given.map(json => site.store.table(tableRef(json, job.ref.projectId)));
  const [first] = sources;
  if (!first) throw required('sourceTable');
  for (const source of sources) {
    if (isView(source)) throw invalid(`${tableName(source.ref)} is a view and cannot be copied`);
    await site.rows.flush(source);
  }
  const destination = destinationOf(configuration, job.ref.projectId, 'WRITE_EMPTY');
  const { expirationTime, ...layout } = first.settings;
  const existing = site.store.findTable(destination.ref);
  const work = (): Promise<void> =>
    site.jobs.effect(job, async change => {
      const settings = { ...layout, ...destination.settings };
      const table = await prepare(site, change, { ...destination, settings }, first.fields);
      let rows = 0;
      for (const source of sources) {
        const names = source.fields.map(({ name }) => identifier(name)).join(', ');
        const result = await change.connection.run(
          `INSERT INTO ${identifier(duckdbName(table))} (${names}) SELECT ${names} FROM ${relationOf(source)} AS source`,
        );
        rows += result.rowsChanged;
      }
      job.tell({ copy: { copiedRows: String(rows) } });
    });
  await (existing ? site.rows.whileSettled(existing, work) : work());
}
