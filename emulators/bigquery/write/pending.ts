import type { DuckDBConnection } from '@duckdb/node-api';
import { invalidArgument } from '../../grpc/errors.ts';
import { duckdbType, identifier } from '../duckdb-types.ts';
import { columnOrder } from '../engine.ts';
import type { Site } from '../site.ts';
import { duckdbName, isView, pendingName, type StoredStream, type StoredTable } from '../stored.ts';
import { parseStream, parseTable, tableOf } from './streams.ts';

/** Makes room for a pending stream's rows: a table with the columns that the stream's has by now. */
export async function preparePending(
  connection: DuckDBConnection,
  stream: StoredStream,
  { fields }: StoredTable,
): Promise<void> {
  const name = identifier(pendingName(stream));
  const columns = fields.map(field => `${identifier(field.name)} ${duckdbType(field)}`);
  await connection.run(`CREATE TABLE IF NOT EXISTS ${name} (${columns.join(', ')})`);
  const known = await columnOrder(connection, pendingName(stream));
  for (const [at, field] of fields.entries())
    if (!known.includes(field.name)) await connection.run(`ALTER TABLE ${name} ADD COLUMN ${columns[at]}`);
  for (const column of known)
    if (!fields.some(field => field.name === column))
      await connection.run(`ALTER TABLE ${name} DROP COLUMN ${identifier(column)}`);
}

/** Of StorageError.StorageErrorCode. */
const ALREADY_COMMITTED = 2;
const NOT_FOUND = 3;
const INVALID_TYPE = 4;
const INVALID_STATE = 5;

interface StreamError {
  readonly code: number;
  readonly entity: string;
  readonly errorMessage: string;
}

/** All of the streams, or none ({@link https://cloud.google.com/bigquery/docs/write-api-batch}). */
export type Committed =
  | { readonly committed: number; readonly errors?: undefined }
  | { readonly errors: readonly StreamError[] };

/**
 * Brings the rows of pending streams of one table into it, in one transaction, once they are finalized.
 * @throws GrpcError INVALID_ARGUMENT, NOT_FOUND
 */
export async function commitStreams(
  site: Site,
  parent: string,
  names: readonly string[],
): Promise<Committed> {
  const ref = parseTable(parent);
  if (names.length === 0) throw invalidArgument('write_streams must name at least one stream');
  for (const name of names)
    if (!parseStream(name).name.startsWith(`${parent}/`))
      throw invalidArgument(`Stream ${name} does not belong to the parent ${parent}`);
  const table = tableOf(site, { ref, name: parent });
  if (isView(table)) throw invalidArgument(`Cannot write to a view. Entity: ${parent}`);
  return site.rows.whileSettled(table, () =>
    site.store.change(async change => {
      const now = tableOf(site, { ref, name: parent });
      const streams = [...new Set(names)].map(name => [name, site.store.findStream(name)] as const);
      const errors = streams.flatMap(([name, stream]) => refusal(name, stream, now) ?? []);
      if (errors.length > 0) return { errors };
      const committed = site.store.now;
      for (const [, stream] of streams) {
        await bringIn(change.connection, stream!, now);
        await change.putStream({ ...stream!, committed });
      }
      return { committed };
    }),
  );
}

function refusal(
  entity: string,
  stream: StoredStream | undefined,
  table: StoredTable,
): StreamError | undefined {
  const error = (code: number, errorMessage: string): StreamError => ({ code, entity, errorMessage });
  if (!stream || stream.table !== table.id)
    return error(NOT_FOUND, `Stream was not found. Entity: ${entity}`);
  if (stream.type !== 'PENDING')
    return error(INVALID_TYPE, `Only a pending stream can be committed. Entity: ${entity}`);
  if (stream.committed !== undefined)
    return error(ALREADY_COMMITTED, `Stream is already committed. Entity: ${entity}`);
  if (!stream.finalized)
    return error(INVALID_STATE, `Stream has to be finalized before it is committed. Entity: ${entity}`);
  return undefined;
}

async function bringIn(
  connection: DuckDBConnection,
  stream: StoredStream,
  { fields, ...table }: StoredTable,
): Promise<void> {
  if (stream.rows === 0) return;
  const name = pendingName(stream);
  const there = new Set(await columnOrder(connection, name));
  // What has come to the table since has its default, what has gone from it is left out.
  const columns = fields.filter(field => there.has(field.name)).map(field => identifier(field.name));
  const into = `${identifier(duckdbName({ fields, ...table }))} (${columns.join(', ')})`;
  await connection.run(`INSERT INTO ${into} SELECT ${columns.join(', ')} FROM ${identifier(name)}`);
  await connection.run(`DROP TABLE ${identifier(name)}`);
}
