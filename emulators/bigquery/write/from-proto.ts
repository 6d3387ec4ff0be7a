import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import protobuf from 'protobufjs';
import type { Field, FieldType } from '../types.ts';
import { DAY, isInstant } from '../values/calendar.ts';
import { type Reader, RowError, scalarReader } from '../values/from-json.ts';
import { ROW_TIMES } from '../values/times.ts';

/** A message as protobufjs decodes it: what is not on the wire is not its own. */
type Message = Readonly<Record<string, unknown>>;

/** The descriptor has fields that the table does not. */
export class ExtraFieldsError extends Error {
  override readonly name = 'ExtraFieldsError';
}

/** A row of a table, and what is to be done with it where its message says. */
export interface ProtoRow {
  readonly values: DuckDBValue[];
  readonly change: string | undefined;
  readonly sequence: string | undefined;
}

const CHANGE_TYPE = '_CHANGE_TYPE';
const CHANGE_SEQUENCE = '_CHANGE_SEQUENCE_NUMBER';

export interface ProtoReader {
  /** Whether rows may say what is to be done with them. */
  readonly isChange: boolean;
  /** @throws RowError */
  read(bytes: Uint8Array): ProtoRow;
}

/**
 * Compiles how a writer's messages become rows of a table, by the names of their fields
 * ({@link https://cloud.google.com/bigquery/docs/supported-data-types}).
 * @throws ExtraFieldsError, Error where the types do not go together
 */
export function protoReader(type: protobuf.Type, fields: readonly Field[]): ProtoReader {
  const special = new Set([CHANGE_TYPE, CHANGE_SEQUENCE]);
  const isChange = type.fields[CHANGE_TYPE] !== undefined;
  const readMembers = membersReader(type, fields, '', special);
  return {
    isChange,
    read: bytes => {
      let message: Message;
      try {
        message = type.decode(bytes) as unknown as Message;
      } catch (error) {
        throw new RowError('', `Could not parse the row: ${(error as Error).message}`);
      }
      const text = (name: string): string | undefined =>
        Object.hasOwn(message, name) ? String(message[name]) : undefined;
      const change = text(CHANGE_TYPE);
      // Of a row that goes only its key counts.
      return { values: readMembers(message, change === 'DELETE'), change, sequence: text(CHANGE_SEQUENCE) };
    },
  };
}

type MembersReader = (message: Message, lenient: boolean) => DuckDBValue[];

function membersReader(
  type: protobuf.Type,
  fields: readonly Field[],
  path: string,
  special: ReadonlySet<string> = new Set(),
): MembersReader {
  const columns = new Set(fields.map(({ name }) => name.toLowerCase()));
  const extra = type.fieldsArray.filter(({ name }) => !columns.has(name.toLowerCase()) && !special.has(name));
  if (extra.length > 0)
    throw new ExtraFieldsError(
      `Input schema has more fields than BigQuery schema, extra fields: '${extra.map(({ name }) => `${path}${name}`).join(',')}'`,
    );
  const readers = fields.map(field => {
    const shown = `${path}${field.name}`;
    const proto = type.fieldsArray.find(({ name }) => name.toLowerCase() === field.name.toLowerCase());
    const missing = (lenient: boolean): DuckDBValue => {
      if (field.mode === 'REPEATED') return new DuckDBListValue([]);
      if (field.mode === 'NULLABLE' || lenient) return null;
      throw new RowError(shown, `Field '${shown}' is required but missing`);
    };
    if (!proto) return (_: Message, lenient: boolean) => missing(lenient);
    if (proto.repeated !== (field.mode === 'REPEATED'))
      throw new Error(`The field ${shown} is ${field.mode} in the table, and not so in the writer's schema`);
    const read = valueReader(proto, field, shown);
    return (message: Message, lenient: boolean): DuckDBValue => {
      if (!Object.hasOwn(message, proto.name)) return missing(lenient);
      const value = message[proto.name];
      return proto.repeated ? new DuckDBListValue((value as unknown[]).map(read)) : read(value);
    };
  });
  return (message, lenient) => readers.map(read => read(message, lenient));
}

function valueReader(proto: protobuf.Field, field: Field, path: string): Reader {
  proto.resolve();
  const { resolvedType } = proto;
  if (field.type === 'RECORD') {
    if (!(resolvedType instanceof protobuf.Type))
      throw new Error(`The field ${path} is a record in the table, and none in the writer's schema`);
    const members = field.fields ?? [];
    const read = membersReader(resolvedType, members, `${path}.`);
    return value => {
      const values = read(value as Message, false);
      return new DuckDBStructValue(Object.fromEntries(members.map(({ name }, at) => [name, values[at]!])));
    };
  }
  if (resolvedType instanceof protobuf.Type)
    throw new Error(`The field ${path} is a message in the writer's schema, and ${field.type} in the table`);
  const text = scalarReader(field, path);
  const options = { ignoreUnknown: false };
  if (resolvedType instanceof protobuf.Enum) {
    const names = resolvedType.valuesById;
    return value =>
      text(field.type === 'STRING' ? (names[Number(value)] ?? String(value)) : Number(value), options);
  }
  const special = SPECIAL[field.type]?.[KINDS[proto.type] ?? ''];
  if (special) return value => special(value as never, path);
  if (proto.type === 'bytes')
    throw new Error(`The field ${path} is bytes in the writer's schema, and ${field.type} in the table`);
  return LONGS.has(proto.type)
    ? value => text(String(toBigInt(value)), options)
    : value => text(value, options);
}

const LONGS: ReadonlySet<string> = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']);
const KINDS: Readonly<Record<string, 'integer' | 'bytes'>> = {
  int64: 'integer',
  uint64: 'integer',
  sint64: 'integer',
  fixed64: 'integer',
  sfixed64: 'integer',
  int32: 'integer',
  uint32: 'integer',
  sint32: 'integer',
  fixed32: 'integer',
  sfixed32: 'integer',
  bytes: 'bytes',
};

type Special = (value: never, path: string) => DuckDBValue;

/** What is encoded otherwise than a text of it would be. */
const SPECIAL: Readonly<Partial<Record<FieldType, Readonly<Partial<Record<string, Special>>>>>> = {
  INTEGER: {
    integer: (value: unknown, path) => {
      const integer = toBigInt(value);
      if (integer !== BigInt.asIntN(64, integer))
        throw new RowError(path, `Value ${integer} is out of the range of INT64. Field: ${path}`);
      return integer;
    },
  },
  BYTES: { bytes: (value: Uint8Array) => new DuckDBBlobValue(value) },
  TIMESTAMP: {
    integer: (value: unknown, path) => {
      const micros = toBigInt(value);
      if (!isInstant(micros))
        throw new RowError(path, `Invalid timestamp value: ${micros} microseconds. Field: ${path}`);
      return new DuckDBTimestampTZValue(micros);
    },
  },
  DATE: {
    integer: (value: unknown, path) => {
      const days = Number(toBigInt(value));
      if (!isInstant(BigInt(days) * DAY))
        throw new RowError(path, `Invalid date value: ${days} days. Field: ${path}`);
      return new DuckDBDateValue(days);
    },
  },
  TIME: {
    integer: (value: unknown, path) => {
      const time = ROW_TIMES.parseTime(packedTime(toBigInt(value)));
      if (time === undefined) throw new RowError(path, `Invalid time value: ${value}. Field: ${path}`);
      return new DuckDBTimeValue(time);
    },
  },
  DATETIME: {
    integer: (value: unknown, path) => {
      const packed = toBigInt(value);
      const bits = (from: bigint, count: bigint): string => String((packed >> from) & ((1n << count) - 1n));
      const date = `${bits(46n, 14n).padStart(4, '0')}-${bits(42n, 4n)}-${bits(37n, 5n)}`;
      const instant = ROW_TIMES.parseDatetime(`${date} ${packedTime(packed & ((1n << 37n) - 1n))}`);
      if (instant === undefined) throw new RowError(path, `Invalid datetime value: ${value}. Field: ${path}`);
      return new DuckDBTimestampValue(instant);
    },
  },
  NUMERIC: { bytes: (value: Uint8Array) => new DuckDBDecimalValue(littleEndian(value), 38, 9) },
};

/** Hour, minute, second and microseconds in one integer ({@link https://github.com/googleapis/java-bigquerystorage CivilTimeEncoder}). */
function packedTime(packed: bigint): string {
  const bits = (from: bigint, count: bigint): bigint => (packed >> from) & ((1n << count) - 1n);
  return `${bits(32n, 5n)}:${bits(26n, 6n)}:${bits(20n, 6n)}.${String(bits(0n, 20n)).padStart(6, '0')}`;
}

/** A two's complement number, its least byte first. */
function littleEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

/** A 64-bit integer as protobufjs gives it. */
function toBigInt(value: unknown): bigint {
  if (typeof value === 'number') return BigInt(value);
  const { high, low, unsigned } = value as {
    readonly high: number;
    readonly low: number;
    readonly unsigned: boolean;
  };
  const whole = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return unsigned ? BigInt.asUintN(64, whole) : whole;
}
