import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { FormatError, type Item, type Limits } from '../item.ts';
import type { Chunk, ReadOptions } from '../read.ts';
import { readFile } from '../read-file.ts';

/** A small writer of Parquet, for tests: https://parquet.apache.org/docs/file-format/ */
export interface Written {
  readonly schema: readonly Element[];
  readonly leaves: readonly WrittenLeaf[];
  readonly rows: number;
  /** Cells a page; rows a row group. */
  readonly pageRows?: number;
  readonly groupRows?: number;
  readonly codec?: keyof typeof CODECS;
  /** Data pages of the second version. */
  readonly v2?: boolean;
}

export interface Element {
  readonly name: string;
  readonly type?: keyof typeof TYPES;
  readonly repetition?: 'required' | 'optional' | 'repeated';
  readonly children?: number;
  readonly converted?: number;
  readonly scale?: number;
  readonly length?: number;
  readonly logical?: Bytes;
}

export interface WrittenLeaf {
  readonly path: readonly string[];
  readonly type: keyof typeof TYPES;
  readonly definition: number;
  readonly repetition: number;
  readonly cells: readonly Cell[];
  readonly dictionary?: boolean;
}

export interface Cell {
  readonly value?: unknown;
  readonly definition: number;
  readonly repetition: number;
}

type Bytes = Buffer;
type Field = readonly [id: number, type: keyof typeof WIRE, value: unknown];

const WIRE = { bool: 1, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
const TYPES = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED: 7,
} as const;
const REPETITIONS = { required: 0, optional: 1, repeated: 2 } as const;
const CODECS = {
  none: { id: 0, pack: (bytes: Bytes) => bytes },
  gzip: { id: 2, pack: (bytes: Bytes) => gzipSync(bytes) },
  brotli: { id: 4, pack: (bytes: Bytes) => brotliCompressSync(bytes) },
  zstd: { id: 6, pack: (bytes: Bytes) => zstdCompressSync(bytes) },
} as const;

/** A flat column that may be null. */
export function flat(
  name: string,
  type: keyof typeof TYPES,
  values: readonly unknown[],
  more: Partial<Element> = {},
) {
  const element: Element = { name, type, repetition: 'optional', ...more };
  const cells = values.map(value => ({ value, definition: value === null ? 0 : 1, repetition: 0 }));
  const leaf: WrittenLeaf = { path: [name], type, definition: 1, repetition: 0, cells };
  return { element, leaf };
}

export function tableOf(columns: readonly ReturnType<typeof flat>[], more: Partial<Written> = {}): Buffer {
  const rows = columns[0]!.leaf.cells.length;
  const schema = columns.map(({ element }) => element);
  return write({ schema, leaves: columns.map(({ leaf }) => leaf), rows, ...more });
}

export function write(file: Written): Buffer {
  const { schema, leaves, rows, groupRows = rows, pageRows = 1e9, codec = 'none', v2 = false } = file;
  const parts: Bytes[] = [Buffer.from('PAR1')];
  let at = 4;
  const groups: Bytes[] = [];
  for (let start = 0; start < rows; start += groupRows) {
    const count = Math.min(groupRows, rows - start);
    const chunks = leaves.map(leaf => {
      const cells = leaf.cells.length === rows ? leaf.cells.slice(start, start + count) : leaf.cells;
      const { pages, uncompressed } = pagesOf(leaf, cells, pageRows, codec, v2);
      const bytes = Buffer.concat(pages);
      const meta = struct([
        [1, 'i32', TYPES[leaf.type]],
        [2, 'list', [5, [0]]],
        [3, 'list', [8, leaf.path.map(name => Buffer.from(name))]],
        [4, 'i32', CODECS[codec].id],
        [5, 'i64', cells.length],
        [6, 'i64', uncompressed],
        [7, 'i64', bytes.length],
        [9, 'i64', at + (leaf.dictionary ? pages[0]!.length : 0)],
        ...(leaf.dictionary ? [[11, 'i64', at] as const] : []),
      ]);
      parts.push(bytes);
      at += bytes.length;
      return struct([
        [2, 'i64', 0],
        [3, 'struct', meta],
      ]);
    });
    groups.push(
      struct([
        [1, 'list', [12, chunks]],
        [2, 'i64', 0],
        [3, 'i64', count],
      ]),
    );
  }
  const top = schema.filter((_, index) => topLevel(schema, index)).length;
  return withFooter(
    Buffer.concat(parts),
    struct([
      [1, 'i32', 1],
      [
        2,
        'list',
        [
          12,
          [
            struct([
              [4, 'binary', Buffer.from('root')],
              [5, 'i32', top],
            ]),
            ...schema.map(elementOf),
          ],
        ],
      ],
      [3, 'i64', rows],
      [4, 'list', [12, groups]],
    ]),
  );
}

/** A footer, whatever it says, behind a body. */
export function withFooter(body: Buffer, footer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([body, footer, length, Buffer.from('PAR1')]);
}

function topLevel(schema: readonly Element[], index: number): boolean {
  let open = 0;
  for (let at = 0; at < index; at++) open = Math.max(0, open - 1) + (schema[at]!.children ?? 0);
  return open === 0;
}

function elementOf(element: Element): Bytes {
  const fields: (Field | undefined)[] = [
    element.type && [1, 'i32', TYPES[element.type]],
    element.length === undefined ? undefined : [2, 'i32', element.length],
    [3, 'i32', REPETITIONS[element.repetition ?? 'optional']],
    [4, 'binary', Buffer.from(element.name)],
    element.children === undefined ? undefined : [5, 'i32', element.children],
    element.converted === undefined ? undefined : [6, 'i32', element.converted],
    element.scale === undefined ? undefined : [7, 'i32', element.scale],
    element.logical && [10, 'struct', element.logical],
  ];
  return struct(fields.filter(field => field !== undefined));
}

function pagesOf(
  leaf: WrittenLeaf,
  cells: readonly Cell[],
  pageRows: number,
  codec: keyof typeof CODECS,
  v2: boolean,
) {
  const listed = [
    ...new Set(cells.filter(cell => cell.definition === leaf.definition).map(({ value }) => value)),
  ];
  const pages: Bytes[] = [];
  let uncompressed = 0;
  const add = (kind: number, body: Bytes, levels: Bytes, fields: readonly Field[]): void => {
    const packed = Buffer.concat([levels, CODECS[codec].pack(body)]);
    uncompressed += body.length + levels.length;
    pages.push(
      struct([
        [1, 'i32', kind],
        [2, 'i32', body.length + levels.length],
        [3, 'i32', packed.length],
        ...fields,
      ]),
      packed,
    );
  };
  if (leaf.dictionary) {
    add(2, plain(leaf.type, listed), Buffer.alloc(0), [
      [
        7,
        'struct',
        struct([
          [1, 'i32', listed.length],
          [2, 'i32', 0],
        ]),
      ],
    ]);
    pages.splice(0, 2, Buffer.concat(pages));
  }
  for (let start = 0; start < cells.length; start += pageRows) {
    const page = cells.slice(start, start + pageRows);
    const present = page.filter(cell => cell.definition === leaf.definition).map(({ value }) => value);
    const width = 32 - Math.clz32(listed.length);
    const values = leaf.dictionary
      ? Buffer.concat([
          Buffer.of(width),
          runs(
            present.map(value => listed.findIndex(one => Object.is(one, value))),
            width,
          ),
        ])
      : plain(leaf.type, present);
    const repetition = leaf.repetition
      ? runs(
          page.map(cell => cell.repetition),
          bits(leaf.repetition),
        )
      : Buffer.alloc(0);
    const definition = leaf.definition
      ? runs(
          page.map(cell => cell.definition),
          bits(leaf.definition),
        )
      : Buffer.alloc(0);
    const encoding = leaf.dictionary ? 8 : 0;
    if (v2) {
      add(3, values, Buffer.concat([repetition, definition]), [
        [
          8,
          'struct',
          struct([
            [1, 'i32', page.length],
            [2, 'i32', page.length - present.length],
            [3, 'i32', page.filter(cell => cell.repetition === 0).length],
            [4, 'i32', encoding],
            [5, 'i32', definition.length],
            [6, 'i32', repetition.length],
          ]),
        ],
      ]);
    } else {
      const body = [
        leaf.repetition ? sized(repetition) : [],
        leaf.definition ? sized(definition) : [],
        values,
      ].flat();
      add(0, Buffer.concat(body), Buffer.alloc(0), [
        [
          5,
          'struct',
          struct([
            [1, 'i32', page.length],
            [2, 'i32', encoding],
            [3, 'i32', 3],
            [4, 'i32', 3],
          ]),
        ],
      ]);
    }
  }
  return { pages, uncompressed };
}

const bits = (level: number): number => 32 - Math.clz32(level);

function sized(bytes: Bytes): Bytes[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}

/** Runs of equal values. */
function runs(values: readonly number[], width: number): Bytes {
  const out: Bytes[] = [];
  for (let at = 0; at < values.length; ) {
    let end = at + 1;
    while (values[end] === values[at]) end++;
    const value = Buffer.alloc((width + 7) >> 3);
    if (value.length > 0) value.writeUIntLE(values[at]!, 0, value.length);
    out.push(varint(BigInt(end - at) << 1n), value);
    at = end;
  }
  return Buffer.concat(out);
}

function plain(type: keyof typeof TYPES, values: readonly unknown[]): Bytes {
  if (type === 'BOOLEAN') {
    const out = Buffer.alloc(Math.ceil(values.length / 8));
    values.forEach((value, at) => {
      if (value) out[at >> 3]! |= 1 << (at & 7);
    });
    return out;
  }
  return Buffer.concat(
    values.map(value => {
      if (type === 'FIXED' || type === 'INT96') return value as Buffer;
      if (type === 'BYTE_ARRAY') return Buffer.concat(sized(Buffer.from(value as string)));
      const out = Buffer.alloc(type === 'INT32' || type === 'FLOAT' ? 4 : 8);
      if (type === 'INT32') out.writeInt32LE(value as number);
      else if (type === 'INT64') out.writeBigInt64LE(BigInt(value as bigint));
      else if (type === 'FLOAT') out.writeFloatLE(value as number);
      else out.writeDoubleLE(value as number);
      return out;
    }),
  );
}

/** Thrift's compact protocol. */
export function struct(fields: readonly Field[]): Bytes {
  let last = 0;
  const out = fields.flatMap(([id, type, value]) => {
    const wire = type === 'bool' ? (value ? 1 : 2) : WIRE[type];
    const head = Buffer.of(((id - last) << 4) | wire);
    last = id;
    return [head, type === 'bool' ? Buffer.alloc(0) : encoded(WIRE[type], value)];
  });
  return Buffer.concat([...out, Buffer.of(0)]);
}

function encoded(wire: number, value: unknown): Bytes {
  if (wire === WIRE.struct) return value as Bytes;
  if (wire === WIRE.binary) return Buffer.concat([varint(BigInt((value as Bytes).length)), value as Bytes]);
  if (wire !== WIRE.list) return varint(zigzag(BigInt(value as number)));
  const [of, items] = value as [number, unknown[]];
  const head = Buffer.concat([Buffer.of(0xf0 | of), varint(BigInt(items.length))]);
  return Buffer.concat([head, ...items.map(item => encoded(of, item))]);
}

const zigzag = (value: bigint): bigint => (value << 1n) ^ (value >> 63n);

export function varint(value: bigint): Bytes {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.of(...bytes, Number(rest));
    bytes.push(Number(rest & 127n) | 128);
  }
}

export interface Reading {
  readonly items: Item[];
  readonly chunks: Chunk[];
  readonly error: FormatError | undefined;
  /** Bytes of each range that was asked for. */
  readonly ranges: number[];
}

/** Reads a whole file to the end, or to its FormatError; any other error is thrown. */
export async function reading(
  bytes: Uint8Array,
  options: ReadOptions & { limits?: Partial<Limits> } = {},
): Promise<Reading> {
  const chunks: Chunk[] = [];
  const ranges: number[] = [];
  let error: FormatError | undefined;
  const file = {
    size: bytes.length,
    async *stream(from: number) {
      for (let at = from; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
    slice: async (start: number, end: number) => {
      if (start < 0 || end > bytes.length || start > end)
        throw new Error(`no such range: ${start} to ${end}`);
      ranges.push(end - start);
      return Buffer.from(bytes.subarray(start, end));
    },
  };
  try {
    for await (const chunk of readFile(file, options)) chunks.push(chunk);
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown;
  }
  return { items: chunks.flatMap(({ items }) => items), chunks, error, ranges };
}
