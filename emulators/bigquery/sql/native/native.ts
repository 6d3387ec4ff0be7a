import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  VARCHAR,
} from '@duckdb/node-api';

/** What a function of ours works with: NUMERIC as an integer times 10⁻⁹, a list of strings as an array, bytes as they are. */
export type NativeValue = string | bigint | number | boolean | Uint8Array | readonly (string | null)[] | null;
export type NativeType = keyof typeof TYPES;

/** A function that DuckDB does not have, or has with another meaning. */
export interface Native {
  readonly name: string;
  readonly parameters: readonly NativeType[];
  readonly returns: NativeType;
  /** Called with NULLs too; without it any NULL makes NULL. */
  readonly nulls?: boolean;
  /** What it throws becomes the statement's error. */
  readonly run: (...values: never[]) => NativeValue;
}

interface Codec {
  readonly type: DuckDBType;
  readonly read: (value: DuckDBValue) => NativeValue;
  readonly write: (value: NativeValue) => DuckDBValue;
}

const plain = (type: DuckDBType): Codec => ({
  type,
  read: value => value as NativeValue,
  write: value => value as DuckDBValue,
});

const TYPES = {
  VARCHAR: plain(VARCHAR),
  BIGINT: plain(BIGINT),
  DOUBLE: plain(DOUBLE),
  BOOLEAN: plain(BOOLEAN),
  BLOB: {
    type: BLOB,
    read: value => (value as DuckDBBlobValue).bytes,
    write: value => new DuckDBBlobValue(value as Uint8Array),
  },
  NUMERIC: {
    type: DECIMAL(38, 9),
    read: value => (value as DuckDBDecimalValue).value,
    write: value => new DuckDBDecimalValue(value as bigint, 38, 9),
  },
  STRINGS: {
    type: LIST(VARCHAR),
    read: value => (value as DuckDBListValue).items as (string | null)[],
    write: value => new DuckDBListValue([...(value as readonly (string | null)[])]),
  },
} satisfies Record<string, Codec>;

/** Makes a function known to the database of a connection; once for a database is enough. */
export function registerNative(connection: DuckDBConnection, native: Native): void {
  const codecs: readonly Codec[] = native.parameters.map(type => TYPES[type]);
  const returns: Codec = TYPES[native.returns];
  // The types of the arguments are those that `parameters` names.
  const run = native.run as (...values: NativeValue[]) => NativeValue;
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: native.name,
      parameterTypes: codecs.map(({ type }) => type),
      returnType: returns.type,
      specialHandling: true,
      mainFunction: (_, chunk, output) => {
        const vectors = codecs.map((_, index) => chunk.getColumnVector(index));
        for (let row = 0; row < chunk.rowCount; row += 1) {
          const values = vectors.map((vector, index) => {
            const value = vector.getItem(row);
            return value === null ? null : codecs[index]!.read(value);
          });
          const result = !native.nulls && values.includes(null) ? null : run(...values);
          output.setItem(row, result === null ? null : returns.write(result));
        }
        output.flush();
      },
    }),
  );
}
