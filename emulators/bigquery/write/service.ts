import type { ServerDuplexStream } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { GrpcError, status } from '../../grpc/errors.ts';
import { type Handlers, requestBytes, serviceError } from '../../grpc/server.ts';
import { causeNow, payerOf } from '../../meter/cause.ts';
import { BigQueryError } from '../errors.ts';
import type { Site } from '../site.ts';
import type { StoredStream, StoredTable } from '../stored.ts';
import type { Field } from '../types.ts';
import { type AppendRequest, Connection, LARGEST_APPEND } from './append.ts';
import { AppendError } from './append-error.ts';
import { commitStreams } from './pending.ts';
import { createStream, finalizeStream, findStream, parseStream, tableOf, typeNumber } from './streams.ts';

export const SERVICE = 'google.cloud.bigquery.storage.v1.BigQueryWrite';
const FULL_VIEW = 2;
const STORAGE_ERROR = 'google.cloud.bigquery.storage.v1.StorageError';

/** What is asked of the service while an outage lasts. */
export type Check = () => void;

/**
 * The Storage Write API ({@link https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1}):
 * the default stream, committed and pending ones, rows as protobuf.
 * @param check throws a GrpcError while an outage lasts
 */
export function writeHandlers(site: Site, root: protobuf.Root, check: Check): Handlers {
  return {
    CreateWriteStream: async (request: { parent?: string; writeStream?: { type?: number } }) => {
      check();
      const stream = await createStream(site, request.parent ?? '', request.writeStream?.type ?? 0);
      return streamResource(stream, tableOf(site, parseStream(stream.name)));
    },
    GetWriteStream: async (request: { name?: string; view?: number }) => {
      check();
      const name = parseStream(request.name ?? '');
      const table = tableOf(site, name);
      const stream = name.isDefault ? defaultStream(name.name, table) : findStream(site, name);
      return streamResource(stream, request.view === FULL_VIEW ? table : undefined);
    },
    FinalizeWriteStream: async (request: { name?: string }) => {
      check();
      return { rowCount: await finalizeStream(site, parseStream(request.name ?? '')) };
    },
    BatchCommitWriteStreams: async (request: { parent?: string; writeStreams?: string[] }) => {
      check();
      const result = await commitStreams(site, request.parent ?? '', request.writeStreams ?? []);
      return result.errors ? { streamErrors: result.errors } : { commitTime: timestamp(result.committed) };
    },
    AppendRows: (call: ServerDuplexStream<AppendRequest, object>) => {
      const connection = new Connection(site);
      const payer = payerOf(causeNow());
      let last: Promise<void> = Promise.resolve();
      let over = false;
      const next = async (request: AppendRequest): Promise<void> => {
        if (over) return;
        try {
          check();
          call.write(await answerOf(connection, request, root));
          site.meter?.count('bigquery.writtenBytes', requestBytes(request), payer);
        } catch (error) {
          over = true;
          call.emit('error', serviceError(asGrpcError(error)));
        }
      };
      // Answers come in the order of their requests.
      call.on('data', request => {
        last = last.then(() => next(request));
      });
      call.on('end', () => void last.then(() => over || call.end()));
      call.on('cancelled', () => {
        over = true;
      });
    },
  };
}

async function answerOf(
  connection: Connection,
  request: AppendRequest,
  root: protobuf.Root,
): Promise<object> {
  try {
    if (requestBytes(request) > LARGEST_APPEND)
      throw new AppendError(
        status.INVALID_ARGUMENT,
        `AppendRows request too large: ${requestBytes(request)} limit ${LARGEST_APPEND}`,
      );
    const offset = await connection.append(request);
    return {
      appendResult: offset === undefined ? {} : { offset: { value: offset } },
      writeStream: connection.stream,
    };
  } catch (error) {
    if (!(error instanceof AppendError)) throw error;
    const { code, message, storageCode, rowErrors } = error;
    const storage = root.lookupType(STORAGE_ERROR);
    return {
      error: {
        code,
        message,
        ...(storageCode !== undefined && {
          details: [
            {
              type_url: `type.googleapis.com/${STORAGE_ERROR}`,
              value: storage
                .encode({ code: storageCode, entity: connection.stream, errorMessage: message })
                .finish(),
            },
          ],
        }),
      },
      rowErrors: rowErrors.map(({ index, message: text }) => ({ index, code: 1, message: text })),
      writeStream: connection.stream,
    };
  }
}

const CODES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  404: status.NOT_FOUND,
  409: status.ALREADY_EXISTS,
  501: status.UNIMPLEMENTED,
};

const asGrpcError = (error: unknown): unknown =>
  error instanceof BigQueryError ? new GrpcError(CODES[error.code] ?? status.INTERNAL, error.message) : error;

const defaultStream = (name: string, { created }: StoredTable): ShownStream => ({
  name,
  type: 'COMMITTED',
  created,
});

type ShownStream = Pick<StoredStream, 'name' | 'type' | 'created' | 'committed'>;

function streamResource(stream: ShownStream, table: StoredTable | undefined): object {
  const { name, created, committed } = stream;
  return {
    name,
    type: typeNumber(stream),
    writeMode: 1,
    createTime: timestamp(created),
    ...(committed !== undefined && { commitTime: timestamp(committed) }),
    ...(table && { tableSchema: { fields: table.fields.map(fieldResource) } }),
  };
}

/** @param time in milliseconds */
const timestamp = (time: number): object => ({
  seconds: Math.floor(time / 1000),
  nanos: (time % 1000) * 1_000_000,
});

/** Types and modes by the numbers of TableFieldSchema. */
const TYPES: Readonly<Record<Field['type'], number>> = {
  STRING: 1,
  INTEGER: 2,
  FLOAT: 3,
  RECORD: 4,
  BYTES: 5,
  BOOLEAN: 6,
  TIMESTAMP: 7,
  DATE: 8,
  TIME: 9,
  DATETIME: 10,
  GEOGRAPHY: 11,
  NUMERIC: 12,
  BIGNUMERIC: 13,
  JSON: 15,
};
const MODES: Readonly<Record<Field['mode'], number>> = { NULLABLE: 1, REQUIRED: 2, REPEATED: 3 };

const fieldResource = ({ name, type, mode, fields, description }: Field): object => ({
  name,
  type: TYPES[type],
  mode: MODES[mode],
  ...(fields && { fields: fields.map(fieldResource) }),
  ...(description !== undefined && { description }),
});
