import type { PageHeader } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** Highest definition and repetition level of a column. */
export interface Levels {
  readonly definition: number;
  readonly repetition: number;
}

const MAX_DELTA_BLOCK = 1024 ** 2;

/**
 * Looks through a decompressed data page before hyparquet decodes it: a few bytes may claim any number of repetitions, and
 * the decoder believes them. Encodings: {@link https://parquet.apache.org/docs/file-format/data-pages/encodings/}
 * @param most bytes that its values may come to
 * @throws Error when a run or a length goes beyond what the page's header says
 */
export function checkPage(
  body: Uint8Array,
  header: PageHeader,
  levels: Levels,
  boolean: boolean,
  most: number,
): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  let at = 0;
  /** A length in four bytes, and the runs. */
  const counted = (width: number, values: number): void => {
    const length = view.getUint32(at, true);
    checkRuns(view, at + 4, at + 4 + length, width, values);
    at += 4 + length;
  };
  if (v1) {
    if (levels.repetition > 0) counted(bitsOf(levels.repetition), v1.num_values);
    if (levels.definition > 0) counted(bitsOf(levels.definition), v1.num_values);
  } else if (v2) {
    const { repetition_levels_byte_length: first, definition_levels_byte_length: second } = v2;
    if (levels.repetition > 0) checkRuns(view, 0, first, bitsOf(levels.repetition), v2.num_values);
    if (levels.definition > 0)
      checkRuns(view, first, first + second, bitsOf(levels.definition), v2.num_values);
    at = first + second;
  }
  const { encoding, num_values: values } = (v1 ?? v2)!;
  if (encoding.endsWith('_DICTIONARY')) {
    if (at < view.byteLength) checkRuns(view, at + 1, view.byteLength, view.getUint8(at), values);
  } else if (encoding === 'RLE') {
    if (!boolean) throw new Error('values in runs that are no booleans');
    counted(1, values);
  } else if (encoding.startsWith('DELTA_') && values > 0 && at < view.byteLength) {
    checkDelta(view, at, encoding, values, most);
  }
}

const bitsOf = (level: number): number => 32 - Math.clz32(level);

/** Runs of repeated values, and groups of eight packed ones. */
function checkRuns(view: DataView, start: number, end: number, width: number, values: number): void {
  if (start > end || end > view.byteLength) throw new Error('levels or values go beyond the page');
  if (width > 32) throw new Error(`values of ${width} bits`);
  const reader = { view: new DataView(view.buffer, view.byteOffset, end), offset: start };
  let seen = 0;
  while (seen < values && reader.offset < end) {
    const run = readVarInt(reader);
    const packed = (run & 1) === 1;
    const count = packed ? (run >>> 1) * 8 : run >>> 1;
    // The last group of packed values is filled up.
    if (count > values - seen + (packed ? 7 : 0)) throw new Error('a run has more values than its page');
    seen += count;
    reader.offset += packed ? (run >>> 1) * width : (width + 7) >> 3;
  }
}

function checkDelta(view: DataView, start: number, encoding: string, values: number, most: number): void {
  const reader = { view, offset: start };
  const lengths = (): Int32Array => {
    const count = checkDeltaHeader(view, reader.offset, values);
    const unpacked = new Int32Array(count);
    if (count > 0) deltaBinaryUnpack(reader, count, unpacked);
    return unpacked;
  };
  if (encoding !== 'DELTA_BYTE_ARRAY') {
    checkDeltaHeader(view, reader.offset, values);
    return;
  }
  // A value repeats the beginning of the one before: few bytes may stand for many.
  const prefixes = lengths();
  const suffixes = lengths();
  let before = 0;
  let total = 0;
  prefixes.forEach((prefix, at) => {
    const suffix = suffixes[at] ?? -1;
    if (prefix < 0 || suffix < 0 || prefix > before) throw new Error('a value repeats more than there is');
    before = prefix + suffix;
    total += before;
    if (total > most) throw new Error(`its values have over ${most.toLocaleString('en-US')} bytes`);
  });
}

function checkDeltaHeader(view: DataView, offset: number, values: number): number {
  const reader = { view, offset };
  const block = readVarInt(reader);
  const miniblocks = readVarInt(reader);
  const count = readVarInt(reader);
  const sound = block > 0 && block <= MAX_DELTA_BLOCK && miniblocks > 0 && miniblocks <= block;
  if (!sound || count < 0 || count > values) throw new Error('a block of deltas is larger than its page');
  return count;
}
