import type { TableField } from '@google-cloud/bigquery';
import { adapt, managedwriter, protos } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { BigQueryOptions } from '../server.ts';
import { type Fixture, fixture } from '../testing.ts';

export const TABLE = 'projects/demo-millrace/datasets/shop/tables/t';
export const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'at', type: 'TIMESTAMP' },
];
export const { AppendRowsResponse, StorageError } = {
  AppendRowsResponse: protos.google.cloud.bigquery.storage.v1.AppendRowsResponse,
  StorageError: protos.google.cloud.bigquery.storage.v1.StorageError,
};

export interface Scene extends Fixture {
  readonly writer: managedwriter.WriterClient;
  readonly rows: () => Promise<Record<string, unknown>[]>;
}

export function writerOf(port: number): managedwriter.WriterClient {
  const writer = new managedwriter.WriterClient({
    projectId: 'demo-millrace',
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  });
  onTestFinished(() => writer.close());
  return writer;
}

export async function scene(
  fields: readonly TableField[] = FIELDS,
  settings = {},
  options: BigQueryOptions = {},
): Promise<Scene> {
  const made = await fixture(options);
  const table = made.client.dataset('shop').table('t');
  await table.create({ schema: { fields: [...fields] }, ...settings });
  const writer = writerOf(made.emulator.port);
  return {
    ...made,
    writer, // A client that has seen a schema reads by it for ever: each time another.
    rows: async () => (await made.client.dataset('shop').table('t').getRows())[0],
  };
}

function descriptorOf(fields: readonly TableField[], more: readonly string[] = []) {
  const all = [...fields, ...more.map(name => ({ name, type: 'STRING' }))];
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: all });
  return adapt.convertStorageSchemaToProto2Descriptor(schema, 'root')!;
}

export async function open(
  { writer }: Scene,
  streamId: string,
  fields: readonly TableField[] = FIELDS,
  more: readonly string[] = [],
) {
  const connection = await writer.createStreamConnection({ streamId });
  // Without a listener the client throws what its pending write is rejected with as well.
  connection.onConnectionError(() => {});
  const protoDescriptor = descriptorOf(fields, more);
  const json = new managedwriter.JSONWriter({ connection, protoDescriptor });
  onTestFinished(() => json.close());
  return {
    append: async (rows: object[], offset?: number) =>
      (await json.appendRows(rows as never, offset as never).getResult()) as InstanceType<
        typeof AppendRowsResponse
      >,
  };
}

export const created = async (
  { writer }: Scene,
  streamType:
    | typeof managedwriter.CommittedStream
    | typeof managedwriter.PendingStream = managedwriter.CommittedStream,
) => writer.createWriteStream({ streamType, destinationTable: TABLE });
