import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { identifier } from '../duckdb-types.ts';
import { appendColumns } from '../engine.ts';
import { BigQueryError, type ErrorProto, invalid, unimplemented } from '../errors.ts';
import { hiddenColumns } from '../hidden.ts';
import { booleanAt, integerAt, type Json, objectAt, textAt } from '../json.ts';
import { openAvro } from '../load/avro.ts';
import { detectCsv, detectJson } from '../load/detect.ts';
import { keptValue, parquetFields, parquetRelation } from '../load/parquet.ts';
import { type CsvOptions, csvRecords, type Item, jsonRecords } from '../load/records.ts';
import type { Source } from '../load/source.ts';
import { readFields } from '../schema.ts';
import type { Site } from '../site.ts';
import { defaultSql } from '../sql/default-value.ts';
import { duckdbName, type StoredTable } from '../stored.ts';
import type { Field } from '../types.ts';
import { RowError, rowReader } from '../values/from-json.ts';
import { type Destination, destinationOf, prepare } from './destination.ts';
import type { Job } from './job.ts';

const BATCH_ROWS = 8192;

/** What a load job has to know of its files. */
interface Plan {
  readonly fields: readonly Field[] | undefined;
  /** Puts the files into the table. Returns how many rows have gone in. */
  load(connection: DuckDBConnection, table: StoredTable, report: Report): Promise<number>;
}

/** Told of a record that does not go in. @throws BigQueryError once there are too many */
type Report = (source: Source, record: number, error: RowError) => void;

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload} */
export async function runLoad(
  site: Site,
  job: Job,
  configuration: Json,
  sources: readonly Source[],
): Promise<void> {
  const destination = destinationOf(configuration, job.ref.projectId, 'WRITE_APPEND');
  const plan = await planOf(site, destination, configuration, sources);
  const { errors, report } = badRecords(integerAt(configuration, 'maxBadRecords') ?? 0);
  const existing = site.store.findTable(destination.ref);
  const work = (): Promise<void> =>
    site.jobs.effect(job, async change => {
      const table = await prepare(site, change, destination, plan.fields);
      const rows = await job.interruptible(change.connection, () =>
        plan.load(change.connection, table, report),
      );
      job.tell(
        {
          load: {
            inputFiles: String(sources.length),
            inputFileBytes: String(sources.reduce((sum, { bytes }) => sum + bytes, 0)),
            outputRows: String(rows),
            badRecords: String(errors.length),
          },
        },
        errors,
      );
    });
  await (existing ? site.rows.whileSettled(existing, work) : work());
}

function badRecords(most: number): { readonly errors: ErrorProto[]; readonly report: Report } {
  const errors: ErrorProto[] = [];
  return {
    errors,
    report: ({ name }, record, { location, message }) => {
      const what = location === '' ? message : `${message} Field: ${location}`;
      errors.push({
        reason: 'invalid',
        location: name,
        message: `Error while reading data, error message: ${what}; record ${record} of ${name}`,
      });
      if (errors.length > most)
        throw new BigQueryError(
          400,
          'invalid',
          `Error while reading data, error message: too many errors encountered, giving up. Errors: ${errors.length}; max bad: ${most}. ${what}; record ${record} of ${name}`,
          name,
        );
    },
  };
}

async function planOf(
  site: Site,
  { ref, write }: Destination,
  configuration: Json,
  sources: readonly Source[],
): Promise<Plan> {
  const format = textAt(configuration, 'sourceFormat') ?? 'CSV';
  const given = objectAt(configuration, 'schema')?.['fields'];
  const existing = site.store.findTable(ref);
  const detect = booleanAt(configuration, 'autodetect') ?? false;
  const own = given === undefined ? undefined : readFields(given);
  const kept =
    existing && existing.fields.length > 0 && !(write === 'WRITE_TRUNCATE' && detect)
      ? existing.fields
      : undefined;
  const [first] = sources;
  if (!first) throw invalid('Required parameter is missing: sourceUris', 'sourceUris');
  const known = own ?? kept;
  if (known === undefined && !detect && (format === 'CSV' || format === 'NEWLINE_DELIMITED_JSON'))
    throw invalid('No schema specified on job or table.');
  const ignoreUnknown = booleanAt(configuration, 'ignoreUnknownValues') ?? false;
  switch (format) {
    case 'NEWLINE_DELIMITED_JSON': {
      const fields = known ?? (await detectJson(first));
      return records(own ?? (kept ? undefined : fields), sources, ignoreUnknown, source =>
        jsonRecords(source),
      );
    }
    case 'CSV': {
      const options = csvOptions(configuration, ignoreUnknown);
      const detected = known ? undefined : await detectCsv(first, options);
      const fields = known ?? detected!.fields;
      const skip = detected?.skip ?? options.skip;
      return records(own ?? (kept ? undefined : fields), sources, ignoreUnknown, source =>
        csvRecords(source, fields, { ...options, skip }),
      );
    }
    case 'AVRO': {
      const logical = booleanAt(configuration, 'useAvroLogicalTypes') ?? false;
      const { fields, records: unread } = await openAvro(first, logical);
      await (unread as AsyncGenerator<Json>).return?.(undefined);
      return records(own ?? fields, sources, ignoreUnknown, async function* (source) {
        yield* (await openAvro(source, logical)).records;
      });
    }
    case 'PARQUET':
      return parquetPlan(site, configuration, sources, own);
    default:
      throw unimplemented(`Loading ${format}`);
  }
}

function csvOptions(configuration: Json, ignoreUnknown: boolean): CsvOptions {
  const quote = textAt(configuration, 'quote');
  if (quote !== undefined && quote !== '"') throw unimplemented(`The quote character ${quote} of a CSV`);
  const encoding = textAt(configuration, 'encoding') ?? 'UTF-8';
  if (encoding !== 'UTF-8') throw unimplemented(`The encoding ${encoding} of a CSV`);
  const delimiter = textAt(configuration, 'fieldDelimiter') ?? ',';
  return {
    delimiter: delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter,
    skip: integerAt(configuration, 'skipLeadingRows') ?? 0,
    allowQuotedNewlines: booleanAt(configuration, 'allowQuotedNewlines') ?? false,
    allowJaggedRows: booleanAt(configuration, 'allowJaggedRows') ?? false,
    nullMarker: textAt(configuration, 'nullMarker'),
    ignoreUnknown,
  };
}

/** A plan that reads files record by record. */
function records(
  fields: readonly Field[] | undefined,
  sources: readonly Source[],
  ignoreUnknown: boolean,
  open: (source: Source) => AsyncIterable<Item>,
): Plan {
  return {
    fields,
    load: async (connection, table, report) => {
      const read = rowReader(table.fields);
      const hidden = hiddenColumns(table).map(column => [column.name, column.value(Date.now())] as const);
      let rows: DuckDBValue[][] = [];
      let loaded = 0;
      const append = async (): Promise<void> => {
        const columns = new Map<string, DuckDBValue[]>(
          table.fields.map(({ name }, at) => [name, rows.map(row => row[at]!)]),
        );
        for (const [name, value] of hidden)
          columns.set(
            name,
            rows.map(() => value),
          );
        await appendColumns(connection, duckdbName(table), columns);
        loaded += rows.length;
        rows = [];
      };
      for (const source of sources) {
        let record = 0;
        for await (const item of open(source)) {
          record++;
          try {
            if (item instanceof RowError) throw item;
            rows.push(read(item, { ignoreUnknown }));
          } catch (error) {
            if (!(error instanceof RowError)) throw error;
            report(source, record, error);
          }
          if (rows.length === BATCH_ROWS) await append();
        }
      }
      await append();
      return loaded;
    },
  };
}

async function parquetPlan(
  site: Site,
  configuration: Json,
  sources: readonly Source[],
  own: readonly Field[] | undefined,
): Promise<Plan> {
  const inferLists =
    booleanAt(objectAt(configuration, 'parquetOptions') ?? {}, 'enableListInference') ?? false;
  const paths = sources.map(({ path }) => path);
  const found = await site.store.engine.read(connection => parquetFields(connection, paths, inferLists));
  return {
    fields: own ?? found,
    load: async (connection, table) => {
      const columns = found.flatMap(({ name }) => {
        const field = table.fields.find(one => one.name.toLowerCase() === name.toLowerCase());
        return field ? [{ name, field }] : [];
      });
      const given = new Set(columns.map(({ field }) => field));
      const unset = table.fields.filter(
        field => !given.has(field) && field.defaultValueExpression !== undefined,
      );
      const names = [...given, ...unset].map(({ name }) => identifier(name));
      const values = columns.map(({ name, field }) => keptValue(identifier(name), field));
      const now = new Date(site.store.now);
      const all = [...values, ...unset.map(field => defaultSql(field, now))];
      const result = await connection.run(
        `INSERT INTO ${identifier(duckdbName(table))} (${names.join(', ')}) SELECT ${all.join(', ')} FROM ${parquetRelation(paths)}`,
      );
      return result.rowsChanged;
    },
  };
}
