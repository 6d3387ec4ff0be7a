import type { BigQueryWriteClient } from '@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js';
import protobuf from 'protobufjs/light.js';
import type { Column, TableSpec } from './tables.ts';

/** A row that replaces the one with the same primary key, or deletes it, unless a later one has done so. */
export interface Upsert {
  readonly type: 'UPSERT' | 'DELETE';
  /** Up to four hexadecimal numbers of at most 16 digits with slashes between: of two changes the higher one stays. */
  readonly sequence: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export interface Upserter {
  /** Resolves once BigQuery has the changes. @throws an error with a gRPC code; UPSERT_REFUSED names rows that were refused */
  write(changes: readonly Upsert[]): Promise<void>;
  close(): void;
}

/** Some rows of a request cannot be taken, and so none was. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';
  /** Reasons by the index of the row. */
  readonly rows: ReadonlyMap<number, string>;
  constructor(rows: ReadonlyMap<number, string>) {
    super(`BigQuery refuses ${rows.size} rows: ${[...rows.values()][0]}`);
    this.rows = rows;
  }
}

interface Answer {
  readonly error?: { readonly code: number; readonly message: string } | null;
  readonly rowErrors?: readonly { readonly index: number | string; readonly message: string }[];
}

interface Pending {
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

type Stream = ReturnType<BigQueryWriteClient['appendRows']>;

const UNAVAILABLE = 14;

/**
 * Writes upserts and deletes to a table with a primary key, on the default stream of the Storage Write API.
 * {@link https://cloud.google.com/bigquery/docs/change-data-capture}. One connection is kept as long as it holds; its answers
 * come in the order of the requests.
 */
export function createUpserter(client: BigQueryWriteClient, project: string, spec: TableSpec): Upserter {
  const writeStream = `projects/${project}/datasets/${spec.dataset}/tables/${spec.table}/streams/_default`;
  const { encode, descriptor } = rowType(spec.columns);
  let stream: Stream | undefined;
  let pending: Pending[] = [];

  function broken(from: Stream, error: Error): void {
    if (stream !== from) return;
    stream = undefined;
    const failed = pending;
    pending = [];
    for (const { fail } of failed) fail(error);
    from.destroy();
  }

  function open(): Stream {
    const headers = { 'x-goog-request-params': `write_stream=${encodeURIComponent(writeStream)}` };
    const opened = client.appendRows({ otherArgs: { headers } });
    opened.on('data', (answer: Answer) => settle(pending.shift(), answer));
    opened.on('error', (error: Error) => broken(opened, error));
    opened.on('end', () =>
      broken(opened, Object.assign(new Error('BigQuery ended the stream'), { code: UNAVAILABLE })),
    );
    return opened;
  }

  return {
    write: changes =>
      new Promise((done, fail) => {
        const serializedRows = changes.map(encode);
        const first = stream === undefined;
        stream ??= open();
        pending.push({ done, fail });
        const writerSchema = first ? { protoDescriptor: descriptor } : undefined;
        stream.write({ writeStream, protoRows: { writerSchema, rows: { serializedRows } } });
      }),
    close: () => stream?.end(),
  };
}

function settle(request: Pending | undefined, { error, rowErrors = [] }: Answer): void {
  if (rowErrors.length > 0) {
    request?.fail(new RowsRefused(new Map(rowErrors.map(({ index, message }) => [Number(index), message]))));
  } else if (error?.code) {
    request?.fail(Object.assign(new Error(error.message), { code: error.code }));
  } else request?.done();
}

const TYPES: Readonly<Partial<Record<Column['type'], readonly [name: string, number: number]>>> = {
  STRING: ['string', 9],
  TIMESTAMP: ['int64', 3],
};
const LABEL_OPTIONAL = 1;
/** Pseudo-columns of change data capture. */
const CHANGE = [
  ['_CHANGE_TYPE', 'STRING'],
  ['_CHANGE_SEQUENCE_NUMBER', 'STRING'],
] as const;

/** A table's rows as a protobuf message of proto2: a timestamp is its microseconds. */
function rowType(columns: readonly Column[]) {
  const named = [...columns.map(({ name, type }) => [name, type] as const), ...CHANGE];
  const message = new protobuf.Type('Row');
  const field = named.map(([name, type], index) => {
    const [protoType, number] = TYPES[type] ?? unknownType(name, type);
    message.add(new protobuf.Field(name, index + 1, protoType, 'optional'));
    return { name, number: index + 1, label: LABEL_OPTIONAL, type: number };
  });
  new protobuf.Root().add(message);
  const encode = ({ type, sequence, row }: Upsert): Uint8Array => {
    const present = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
    const [changeType, changeSequence] = CHANGE.map(([name]) => name);
    return message
      .encode({ ...Object.fromEntries(present), [changeType!]: type, [changeSequence!]: sequence })
      .finish();
  };
  return { encode, descriptor: { name: 'Row', field } };
}

function unknownType(name: string, type: string): never {
  throw new TypeError(`The column ${name} of type ${type} cannot be upserted`);
}
