import type { FileMetaData, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import type { ChunkBytes } from './chunk-bytes.ts';
import { decompress } from './codecs.ts';
import { checkPage } from './page-check.ts';
import { structEnd } from './thrift.ts';
import { type Plain, plainOf } from './values.ts';

export const MAX_PAGE_BYTES = 32 * 1024 ** 2;
export const MAX_PAGE_VALUES = 4 * 1024 ** 2;
const HEADER_BYTES = [1024, 64 * 1024, 1024 ** 2];

/** One leaf of the schema within a row group. */
export interface Leaf {
  readonly name: string;
  readonly path: readonly SchemaTree[];
  readonly data: NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>;
  readonly plain: Plain;
}

export interface PageHead {
  readonly header: PageHeader;
  /** Of the page's body in the file. */
  readonly start: number;
  readonly end: number;
  /** Rows, where each value is a row; 0 for a dictionary. */
  readonly values: number;
  /** Roughly what the decoded page takes in memory. */
  readonly bytes: number;
}

/** A page as decoded; `listed` says that its values came through the dictionary. */
export interface Decoded {
  readonly values: ArrayLike<unknown>;
  readonly listed: boolean;
}

export function leafOf(root: SchemaTree, tree: SchemaTree, data: Leaf['data']): Leaf {
  const path: SchemaTree[] = [root];
  for (const name of tree.path)
    path.push(path.at(-1)!.children.find(({ element }) => element.name === name)!);
  return { name: tree.path.join('.'), path, data, plain: plainOf(tree.element) };
}

/** Reads the header of the page at `at`; undefined at the chunk's end. I/O errors pass as they are. */
export async function readHead(bytes: ChunkBytes, at: number): Promise<PageHead | undefined> {
  if (at >= bytes.end) return undefined;
  for (const most of HEADER_BYTES) {
    const length = Math.min(most, bytes.end - at);
    const part = await bytes.take(at, length);
    const end = structEnd(part, 0);
    if (end !== undefined) return headOf(part, at, end, bytes.end);
    if (length < most) break;
  }
  throw new Error('the header of a page is cut off');
}

function headOf(part: Uint8Array, at: number, length: number, chunkEnd: number): PageHead {
  const header = parquetHeader({
    view: new DataView(part.buffer, part.byteOffset, part.byteLength),
    offset: 0,
  });
  const { compressed_page_size: stored, uncompressed_page_size: size, data_page_header_v2: v2 } = header;
  const start = at + length;
  if (!(stored >= 0 && start + stored <= chunkEnd))
    throw new Error('a page goes beyond the end of its column');
  const values = (header.data_page_header ?? v2 ?? header.dictionary_page_header)?.num_values ?? 0;
  if (!(size >= 0 && size <= MAX_PAGE_BYTES && values >= 0 && values <= MAX_PAGE_VALUES)) {
    const bounds = [MAX_PAGE_BYTES, MAX_PAGE_VALUES].map(bound => bound.toLocaleString('en-US'));
    throw new Error(
      `a page has ${size} bytes and ${values} values, of ${bounds.join(' and ')} at most: write the file with smaller pages`,
    );
  }
  if (v2 && v2.num_rows > values) throw new Error('a page has more rows than values');
  const encoding = (header.data_page_header ?? v2)?.encoding ?? '';
  const each = encoding.endsWith('_DICTIONARY') ? 8 : 32;
  const data = header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2';
  return { header, start, end: start + stored, values: data ? values : 0, bytes: size + each * values };
}

/**
 * Decodes the pages of one leaf, one after the other; values come as they are stored.
 * @param ofDictionary what is made of the dictionary's values, once for all that refer to them
 */
export function createDecoder(leaf: Leaf, ofDictionary: Plain = value => value) {
  const { path, data } = leaf;
  const element = path.at(-1)!.element;
  const { type, type_length: width, repetition_type: repetition } = element;
  const levels = {
    definition: getMaxDefinitionLevel([...path]),
    repetition: getMaxRepetitionLevel([...path]),
  };
  const decoder = {
    pathInSchema: path.slice(1).map(node => node.element.name),
    type: data.type,
    // Without its annotations a value comes as it is stored; what it means is told by `plain`.
    element: {
      name: element.name,
      ...(type && { type }),
      ...(width !== undefined && { type_length: width }),
      ...(repetition && { repetition_type: repetition }),
    },
    schemaPath: [...path],
    codec: 'UNCOMPRESSED' as const,
    parsers: { ...DEFAULT_PARSERS, timestampFromNanoseconds: (value: bigint) => value },
    utf8: false,
  };
  let dictionary: unknown[] | undefined;

  /** @param before rows read already, where lists go on from one page to the next */
  const decode = (head: PageHead, stored: Uint8Array, before?: unknown[]): Decoded => {
    const body = unpacked(head.header, stored, data.codec);
    const header = asUncompressed(head.header, body);
    const isDictionary = header.type === 'DICTIONARY_PAGE';
    const referring = (header.data_page_header ?? header.data_page_header_v2)?.encoding.endsWith(
      '_DICTIONARY',
    );
    if (referring && dictionary === undefined)
      throw new Error('a page refers to a dictionary that is not there');
    if (!isDictionary) checkPage(body, header, levels, type === 'BOOLEAN', MAX_PAGE_BYTES);
    const reader = { view: new DataView(body.buffer, body.byteOffset, body.byteLength), offset: 0 };
    const { data: values = [] } = readPage(reader, header, decoder, dictionary, before, 0);
    if (isDictionary) {
      dictionary = Array.from(convert(values, decoder), ofDictionary);
      return { values: [], listed: true };
    }
    return { values, listed: referring === true };
  };
  return { decode };
}

function unpacked(header: PageHeader, stored: Uint8Array, codec: Leaf['data']['codec']): Uint8Array {
  const { uncompressed_page_size: size, data_page_header_v2: v2 } = header;
  if (v2 === undefined) return decompress(codec, stored, size);
  const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
  const sound = v2.repetition_levels_byte_length >= 0 && v2.definition_levels_byte_length >= 0;
  if (!sound || levels > stored.length) throw new Error('levels go beyond the page');
  if (v2.is_compressed === false) return stored;
  const values = decompress(codec, stored.subarray(levels), size - levels);
  return Buffer.concat([stored.subarray(0, levels), values]);
}

function asUncompressed(header: PageHeader, body: Uint8Array): PageHeader {
  const { data_page_header_v2: v2 } = header;
  return {
    ...header,
    compressed_page_size: body.length,
    uncompressed_page_size: body.length,
    ...(v2 && { data_page_header_v2: { ...v2, is_compressed: false } }),
  };
}
