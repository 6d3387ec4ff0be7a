import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import type { FileBytes } from '../file.ts';
import { FormatError, type Limits } from '../item.ts';
import { CODEC_NAMES } from './codecs.ts';
import { structEnd } from './thrift.ts';

const TAIL_BYTES = 64 * 1024;
const MAX_FOOTER_BYTES = 8 * 1024 ** 2;
const MAX_FIXED_BYTES = 64 * 1024;
const MAGIC_BYTES = 4;
const END_BYTES = 8;

/** What a file says of itself, checked: all of it lies within the file, and all of it can be read. */
export interface Footer {
  readonly metadata: FileMetaData;
  /** The columns of a record, each with its leaves. */
  readonly columns: readonly SchemaTree[];
  readonly rows: number;
}

/**
 * Reads the footer ({@link https://parquet.apache.org/docs/file-format/}).
 * @throws {FormatError} corrupt, cut off, over the limits, or with something in it that is not read
 */
export async function readFooter(file: FileBytes, limits: Limits): Promise<Footer> {
  if (file.size < MAGIC_BYTES + END_BYTES) throw fault('the file is cut off: send the whole file');
  let bytes = Buffer.from(await file.slice(Math.max(0, file.size - TAIL_BYTES), file.size));
  const magic = bytes.toString('latin1', bytes.length - MAGIC_BYTES);
  if (magic !== 'PAR1') throw fault('the Parquet file has no footer: it is cut off, send the whole file');
  const length = bytes.readUInt32LE(bytes.length - END_BYTES);
  if (length > file.size - END_BYTES - MAGIC_BYTES)
    throw fault('the footer claims to be longer than the file');
  if (length > MAX_FOOTER_BYTES) {
    const bound = MAX_FOOTER_BYTES.toLocaleString('en-US');
    throw fault(`the footer has over ${bound} bytes: write the file with fewer row groups or columns`);
  }
  if (length + END_BYTES > bytes.length) {
    bytes = Buffer.from(await file.slice(file.size - END_BYTES - length, file.size));
  }
  try {
    const end = structEnd(bytes, bytes.length - END_BYTES - length);
    if (end === undefined || end > bytes.length - END_BYTES) throw new Error('it has no end');
    return check(parquetMetadata(bytes, { geoparquet: false }), file, limits);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw fault(`the footer is corrupt: ${(error as Error).message}`);
  }
}

function check(metadata: FileMetaData, file: FileBytes, limits: Limits): Footer {
  const { schema, row_groups: groups } = metadata;
  const tooMany = `the schema has over ${limits.maxColumns} columns`;
  // A leaf stands below three elements at most where lists are written as they should be.
  if (schema.length > limits.maxColumns * 4) throw fault(tooMany);
  const tree = parquetSchema(metadata);
  const leaves = leavesOf(tree);
  if (leaves.length > limits.maxColumns) throw fault(tooMany);
  if (leaves.length === 0 || leaves[0] === tree) throw fault('the schema has no columns');
  if (tree.count !== schema.length) throw new Error('its schema does not add up');
  if (leaves.some(({ path }) => path.length > limits.maxDepth)) {
    throw fault(`the schema nests deeper than ${limits.maxDepth} levels`);
  }
  const names = tree.children.map(({ element }) => element.name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw fault(`the column "${twice}" appears twice`);
  if (schema.some(({ logical_type: type }) => type?.type === 'VARIANT')) {
    throw fault('the schema has a column of the type VARIANT, which is not read');
  }
  for (const leaf of leaves) checkLeaf(leaf);

  let rows = 0;
  for (const { columns, num_rows } of groups) {
    const count = Number(num_rows);
    if (!(count >= 0 && Number.isSafeInteger(rows + count))) throw new Error(`a row group has ${count} rows`);
    rows += count;
    if (columns.length !== leaves.length) throw new Error('a row group lacks columns');
    leaves.forEach((leaf, at) => void checkChunk(leaf, columns[at]!, file));
  }
  if (rows !== Number(metadata.num_rows)) throw new Error('the rows of its row groups do not add up');
  return { metadata, columns: tree.children, rows };
}

function checkLeaf({ element, path }: SchemaTree): void {
  const name = path.join('.');
  if (element.type === undefined) throw fault(`the column "${name}" has no type`);
  const width = element.type_length ?? 0;
  if (width < 0 || width > MAX_FIXED_BYTES) throw fault(`the column "${name}" has values of ${width} bytes`);
}

function checkChunk(
  leaf: SchemaTree,
  chunk: FileMetaData['row_groups'][number]['columns'][number],
  file: FileBytes,
): void {
  const name = leaf.path.join('.');
  const { meta_data: data } = chunk;
  if (chunk.file_path) throw fault(`the column "${name}" lies in another file: send one file`);
  if (chunk.crypto_metadata || chunk.encrypted_column_metadata || data === undefined) {
    throw fault(`the column "${name}" is encrypted: send it as it is to be read`);
  }
  if (data.path_in_schema.join('.') !== name || data.type !== leaf.element.type) {
    throw new Error(`the column "${name}" is not where the schema has it`);
  }
  if (!CODEC_NAMES.includes(data.codec)) {
    throw fault(`the column "${name}" is compressed by ${data.codec}; read are ${CODEC_NAMES.join(', ')}`);
  }
  const { start, end } = rangeOf(data);
  const inside = start >= MAGIC_BYTES && end >= start && end <= file.size - END_BYTES;
  if (!inside) throw new Error(`the column "${name}" lies outside the file`);
}

/** Where the pages of a column chunk lie; the dictionary, if there is one, comes first. */
export function rangeOf(
  data: NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>,
): { start: number; end: number } {
  const first = Number(data.data_page_offset);
  const dictionary = Number(data.dictionary_page_offset ?? 0);
  const start = dictionary > 0 ? Math.min(dictionary, first) : first;
  return { start, end: start + Number(data.total_compressed_size) };
}

export function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

const fault = (reason: string): FormatError => new FormatError(reason);
