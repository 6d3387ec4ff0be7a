import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type protobuf from 'protobufjs';
import { invalidArgument, status, unimplemented } from '../../grpc/errors.ts';
import { enableChanges, type RowChange, sequenceOf } from '../changes.ts';
import { appendColumns } from '../engine.ts';
import { hiddenColumns } from '../hidden.ts';
import type { Site } from '../site.ts';
import { duckdbName, isView, pendingName, type StoredStream, type StoredTable } from '../stored.ts';
import { RowError } from '../values/from-json.ts';
import { AppendError, EXTRA_FIELDS, misplaced } from './append-error.ts';
import { type Descriptor, messageType } from './descriptor.ts';
import { ExtraFieldsError, type ProtoReader, type ProtoRow, protoReader } from './from-proto.ts';
import { preparePending } from './pending.ts';
import { checkOpen, findStream, parseStream, type StreamName, tableOf } from './streams.ts';

/** Limit of one request ({@link https://cloud.google.com/bigquery/quotas#write-api-limits}). */
export const LARGEST_APPEND = 10 * 1024 * 1024;

const DEFAULT_VALUE = 2;

/** AppendRowsRequest as decoded. */
export interface AppendRequest {
  readonly writeStream?: string;
  /** Zero is not on the wire. */
  readonly offset?: { readonly value?: string };
  readonly protoRows?: {
    readonly writerSchema?: { readonly protoDescriptor?: Descriptor };
    readonly rows?: { readonly serializedRows?: readonly Uint8Array[] };
  };
  readonly arrowRows?: object;
  /** Of MissingValueInterpretation, for columns that rows leave out: NULL unless it says otherwise. */
  readonly missingValueInterpretations?: Readonly<Record<string, number>>;
  readonly defaultMissingValueInterpretation?: number;
}

/** One AppendRows connection: its first request says to which stream, and how its rows are encoded. */
export class Connection {
  readonly #site: Site;
  #stream: StreamName | undefined;
  #type: protobuf.Type | undefined;
  /** Compiled for a version of the table. */
  #reader: { readonly version: string; readonly read: ProtoReader } | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  get stream(): string {
    return this.#stream?.name ?? '';
  }

  /**
   * @returns the offset of the first row, where the stream counts them
   * @throws AppendError, after which the connection goes on; GrpcError, which ends it
   */
  async append(request: AppendRequest): Promise<number | undefined> {
    this.#begin(request);
    const stream = this.#stream!;
    for (;;) {
      const taken = await this.#take(stream, request);
      if (taken !== 'stale') return taken;
    }
  }

  /** @returns the offset of the first row; `stale` where the table has another schema by now, and nothing was taken */
  async #take(stream: StreamName, request: AppendRequest): Promise<number | undefined | 'stale'> {
    await this.#site.rows.settled(tableOf(this.#site, stream).id);
    const table = tableOf(this.#site, stream);
    if (isView(table)) throw invalidArgument(`Cannot write to a view. Entity: ${stream.name}`);
    const reader = this.#readerOf(table);
    const rows = readRows(reader, request.protoRows?.rows?.serializedRows ?? []);
    if (!stream.isDefault)
      return this.#appendAt(table, rows, request.offset && Number(request.offset.value ?? 0));
    if (request.offset) throw invalidArgument('Offset cannot be specified for the default stream');
    if (reader.isChange) await this.#change(table, rows);
    else
      await this.#site.rows.add(
        table,
        rows.map(({ values }) => values),
      );
    return undefined;
  }

  #begin({ writeStream, protoRows, arrowRows, ...rest }: AppendRequest): void {
    if (arrowRows) throw unimplemented("Rows in Arrow's format");
    const missing = Object.values(rest.missingValueInterpretations ?? {});
    if ([...missing, rest.defaultMissingValueInterpretation].includes(DEFAULT_VALUE))
      throw unimplemented('Default values for what rows of AppendRows leave out');
    if (writeStream) {
      const next = parseStream(writeStream);
      if (this.#stream && this.#stream.name !== next.name) {
        // A connection may serve several default streams.
        this.#type = undefined;
        this.#reader = undefined;
      }
      this.#stream = next;
    }
    if (!this.#stream) throw invalidArgument('The first request of a connection needs a write_stream');
    const descriptor = protoRows?.writerSchema?.protoDescriptor;
    if (descriptor) {
      try {
        this.#type = messageType(descriptor);
      } catch (error) {
        throw invalidArgument(`Invalid writer schema: ${(error as Error).message}`);
      }
      this.#reader = undefined;
    }
    if (!this.#type) throw invalidArgument('The first request of a connection needs a writer_schema');
  }

  #readerOf(table: StoredTable): ProtoReader {
    const version = `${table.id}.${table.version}`;
    if (this.#reader?.version === version) return this.#reader.read;
    try {
      this.#reader = { version, read: protoReader(this.#type!, table.fields) };
      return this.#reader.read;
    } catch (error) {
      if (error instanceof ExtraFieldsError)
        throw new AppendError(status.INVALID_ARGUMENT, error.message, { storageCode: EXTRA_FIELDS });
      throw invalidArgument((error as Error).message);
    }
  }

  /** Rows of a stream that counts them: appended and counted in one transaction, so that an offset is taken once. */
  async #appendAt(
    table: StoredTable,
    rows: readonly ProtoRow[],
    wanted: number | undefined,
  ): Promise<number | 'stale'> {
    const { store } = this.#site;
    return store.change(async change => {
      const stream = findStream(this.#site, this.#stream!);
      checkOpen(stream);
      if (tableOf(this.#site, this.#stream!).version !== table.version) return 'stale';
      if (wanted !== undefined && wanted !== stream.rows) throw misplaced(stream.rows, wanted);
      await appendTo(change.connection, table, stream, rows, store.now);
      await change.putStream({ ...stream, rows: stream.rows + rows.length });
      return stream.rows;
    });
  }

  async #change(table: StoredTable, rows: readonly ProtoRow[]): Promise<void> {
    const changes = changesOf(rows);
    const { store, rows: taken } = this.#site;
    let enabled = table;
    if (!table.changes) {
      await taken.whileSettled(table, () =>
        store.change(async change => {
          const now = tableOf(this.#site, this.#stream!);
          if (!now.changes) await enableChanges(change, now);
        }),
      );
      enabled = tableOf(this.#site, this.#stream!);
    }
    await taken.addChanges(enabled, changes);
  }
}

/** To the table; of a pending stream to where its rows wait. */
async function appendTo(
  connection: DuckDBConnection,
  table: StoredTable,
  stream: StoredStream,
  rows: readonly ProtoRow[],
  now: number,
): Promise<void> {
  const columns = new Map<string, DuckDBValue[]>(
    table.fields.map(({ name }, at) => [name, rows.map(({ values }) => values[at]!)]),
  );
  if (stream.type === 'PENDING') {
    await preparePending(connection, stream, table);
    return appendColumns(connection, pendingName(stream), columns);
  }
  for (const { name, value } of hiddenColumns(table)) {
    const hidden = value(now);
    columns.set(
      name,
      rows.map(() => hidden),
    );
  }
  await appendColumns(connection, duckdbName(table), columns);
}

/** All rows, or none where one is not well. @throws AppendError */
function readRows(reader: ProtoReader, serialized: readonly Uint8Array[]): ProtoRow[] {
  return everyRow(serialized, bytes => reader.read(bytes));
}

/** What rows say of themselves. @throws AppendError */
function changesOf(rows: readonly ProtoRow[]): RowChange[] {
  return everyRow(rows, ({ values, change, sequence }) => {
    if (change !== 'UPSERT' && change !== 'DELETE')
      throw new RowError(
        '_CHANGE_TYPE',
        `Invalid _CHANGE_TYPE: ${change ?? 'none'}: expected UPSERT or DELETE`,
      );
    const order = sequence === undefined ? '' : sequenceOf(sequence);
    if (order === undefined)
      throw new RowError(
        '_CHANGE_SEQUENCE_NUMBER',
        `Invalid _CHANGE_SEQUENCE_NUMBER: ${sequence}: expected one to four hexadecimal numbers of 16 digits at most, divided by /`,
      );
    return { values, sequence: order, deleted: change === 'DELETE' };
  });
}

function everyRow<From, To>(rows: readonly From[], read: (row: From) => To): To[] {
  const rowErrors: { index: number; message: string }[] = [];
  const good = rows.flatMap((row, index) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      rowErrors.push({ index, message: error.message });
      return [];
    }
  });
  if (rowErrors.length > 0)
    throw new AppendError(
      status.INVALID_ARGUMENT,
      'Errors found while processing rows. Please refer to the row_errors field for details. The list may not be complete because of the size limitations.',
      { rowErrors },
    );
  return good;
}
