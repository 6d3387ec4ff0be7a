import { Readable } from 'node:stream';
import avro from 'avsc';
import { BigQueryError, unimplemented } from '../errors.ts';
import { isObject, type Json } from '../json.ts';
import type { Field, FieldType } from '../types.ts';
import { formatDecimal } from '../values/decimals.ts';
import { formatDate, ROW_TIMES } from '../values/times.ts';
import { readSource, type Source } from './source.ts';

/** A column, and how its values become JSON. */
interface Column {
  readonly field: Field;
  readonly read: (value: unknown) => unknown;
}

/** Whole 64-bit integers, exact. */
const LONG = avro.types.LongType.__with(
  {
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    fromJSON: BigInt,
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  },
  false,
);

/** Of the marker that follows every block. */
const SYNC_BYTES = 16;

/** Also where a logical type stands around it. */
const longHook = (schema: unknown): avro.Type | undefined =>
  schema === 'long' || (isObject(schema) && schema['type'] === 'long') ? LONG : undefined;

interface Header {
  readonly meta: Readonly<Record<string, Buffer>>;
  readonly sync: Buffer;
}

export interface Avro {
  readonly fields: Field[];
  readonly records: AsyncIterable<Json>;
}

/** Reads a container file by its own schema ({@link https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro}). */
export async function openAvro(source: Source, useLogicalTypes: boolean): Promise<Avro> {
  const decoder = new avro.streams.BlockDecoder({
    parseHook: schema =>
      avro.Type.forSchema(schema as avro.Schema, { wrapUnions: 'never', typeHook: longHook }),
  });
  const end = { bytes: Buffer.alloc(0) as Buffer, sync: Buffer.alloc(0) as Buffer };
  const input = Readable.from(withEnd(await readSource(source), end));
  input.on('error', error => decoder.destroy(error));
  const columns = new Promise<Column[]>((resolve, reject) => {
    decoder.once('metadata', (_type: avro.Type, _codec: string, header: Header) => {
      end.sync = header.sync;
      try {
        resolve(columnsOf(JSON.parse(header.meta['avro.schema']!.toString()), useLogicalTypes, new Map()));
      } catch (error) {
        reject(error);
      }
    });
    decoder.once('error', error => reject(malformed(source, error.message)));
    decoder.once('finish', () => reject(malformed(source, 'it has no header')));
    input.once('error', reject);
  });
  input.pipe(decoder);
  const known = await columns;
  return {
    fields: known.map(({ field }) => field),
    records: (async function* () {
      for await (const record of decoder as AsyncIterable<Json>)
        yield Object.fromEntries(known.map(({ field, read }) => [field.name, read(record[field.name])]));
      // The decoder says nothing of a block that was cut off.
      if (!end.bytes.equals(end.sync)) throw malformed(source, 'it ends within a block');
    })(),
  };
}

const malformed = ({ name }: Source, what: string): BigQueryError =>
  new BigQueryError(
    400,
    'invalid',
    `Error while reading data, error message: ${name} is no Avro file: ${what}`,
    name,
  );

/** Hands bytes on and remembers the last of them. */
async function* withEnd(source: AsyncIterable<Buffer>, end: { bytes: Buffer }): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    end.bytes = Buffer.concat([end.bytes, chunk]).subarray(-SYNC_BYTES);
    yield chunk;
  }
}

type Schema =
  | string
  | readonly Schema[]
  | {
      readonly type: Schema;
      readonly name?: string;
      readonly logicalType?: string;
      readonly fields?: readonly { readonly name: string; readonly type: Schema; readonly doc?: string }[];
      readonly items?: Schema;
      readonly values?: Schema;
      readonly scale?: number;
    };

/** Types by the names that a schema gives them, to be used again further down. */
type Named = Map<string, Schema>;

function columnsOf(schema: Schema, logical: boolean, named: Named): Column[] {
  const { fields = [] } = schema as { fields?: readonly { name: string; type: Schema }[] };
  return fields.map(({ name, type }) => columnOf(name, type, logical, named));
}

const PRIMITIVES: Readonly<Record<string, readonly [FieldType, (value: never) => unknown]>> = {
  string: ['STRING', value => value],
  enum: ['STRING', value => value],
  boolean: ['BOOLEAN', value => value],
  int: ['INTEGER', value => value],
  long: ['INTEGER', value => String(value)],
  float: ['FLOAT', value => value],
  double: ['FLOAT', value => value],
  bytes: ['BYTES', (value: Buffer) => value.toString('base64')],
  fixed: ['BYTES', (value: Buffer) => value.toString('base64')],
};

const LOGICAL: Readonly<Record<string, readonly [FieldType, (value: never, scale: number) => unknown]>> = {
  date: ['DATE', (value: number) => formatDate(value)],
  'time-millis': ['TIME', (value: number) => ROW_TIMES.formatTime(BigInt(value) * 1000n)],
  'time-micros': ['TIME', (value: bigint) => ROW_TIMES.formatTime(value)],
  'timestamp-millis': ['TIMESTAMP', (value: bigint) => `${ROW_TIMES.formatDatetime(value * 1000n)}Z`],
  'timestamp-micros': ['TIMESTAMP', (value: bigint) => `${ROW_TIMES.formatDatetime(value)}Z`],
  'local-timestamp-millis': ['DATETIME', (value: bigint) => ROW_TIMES.formatDatetime(value * 1000n)],
  'local-timestamp-micros': ['DATETIME', (value: bigint) => ROW_TIMES.formatDatetime(value)],
  decimal: [
    'NUMERIC',
    (value: Buffer, scale) =>
      formatDecimal(BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString('hex') || '0'}`)), scale),
  ],
};

function columnOf(name: string, schema: Schema, logical: boolean, named: Named): Column {
  if (Array.isArray(schema)) {
    const others = (schema as readonly Schema[]).filter(one => one !== 'null');
    if (others.length !== 1) throw unimplemented(`An Avro union of several types (${name})`);
    const { field, read } = columnOf(name, others[0]!, logical, named);
    const mode = field.mode === 'REPEATED' ? 'REPEATED' : 'NULLABLE';
    return { field: { ...field, mode }, read: value => (value === null ? null : read(value)) };
  }
  if (typeof schema === 'string' || !('type' in schema)) {
    const known = named.get(String(schema));
    if (known) return columnOf(name, known, logical, named);
    const [type, read] = PRIMITIVES[String(schema)] ?? [];
    if (!type || !read) throw unimplemented(`The Avro type ${JSON.stringify(schema)} (${name})`);
    return { field: { name, type, mode: 'REQUIRED' }, read: read as Column['read'] };
  }
  const { type: kind, name: own, logicalType, items, values, scale = 0 } = schema;
  if (own !== undefined && typeof kind === 'string') named.set(own, kind === 'record' ? schema : kind);
  const [type, read] = (logical && LOGICAL[logicalType ?? '']) || [];
  if (type && read)
    return { field: { name, type, mode: 'REQUIRED' }, read: value => read(value as never, scale) };
  if (kind === 'record') {
    const columns = columnsOf(schema, logical, named);
    return {
      field: { name, type: 'RECORD', mode: 'REQUIRED', fields: columns.map(({ field }) => field) },
      read: value =>
        Object.fromEntries(
          columns.map(({ field, read: one }) => [field.name, one((value as Json)[field.name])]),
        ),
    };
  }
  if (kind === 'array') {
    const item = columnOf(name, items!, logical, named);
    return {
      field: { ...item.field, mode: 'REPEATED' },
      read: value => (value as readonly unknown[]).map(item.read),
    };
  }
  if (kind === 'map') {
    const value = columnOf('value', values!, logical, named);
    return {
      field: {
        name,
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 'key', type: 'STRING', mode: 'REQUIRED' }, value.field],
      },
      read: map => Object.entries(map as Json).map(([key, one]) => ({ key, value: value.read(one) })),
    };
  }
  return columnOf(name, kind, logical, named);
}
