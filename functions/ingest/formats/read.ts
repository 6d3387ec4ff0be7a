import { blocks } from './blocks.ts';
import { CUTTERS } from './formats.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { type Checkpoint, type Cutter, DEFAULT_LIMITS, FormatError, type Item, type Limits } from './item.ts';
import { type Sniffed, sniff } from './sniff.ts';

const BLOCK_BYTES = 64 * 1024;
/** Items a chunk, at most. */
const CHUNK_ITEMS = 500;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export interface Chunk {
  readonly items: Item[];
  /** Where to go on after the last of these items. */
  readonly checkpoint: Checkpoint;
}

export interface ReadOptions {
  readonly limits?: Partial<Limits>;
  readonly from?: Checkpoint;
}

/**
 * Reads the records of a file whose format is recognised by content. Yields chunks of at most 500 items; the last chunk
 * (perhaps without items) has the checkpoint at the end of the file, so at least one is yielded and names the format.
 *
 * To go on `from` a checkpoint, pass a stream that begins at `checkpoint.offset` of the object; where
 * `checkpoint.compressed` is true, pass the whole compressed object instead: it is decompressed again up to the offset.
 * @throws {FormatError} the file is in no accepted format, or cannot be read any further; all good records before are yielded
 */
export async function* readItems(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Chunk> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { from } = options;
  const opened = await openBytes(source, limits, from);
  const content = blocks(opened.bytes, BLOCK_BYTES);
  if (from !== undefined) {
    if (from.format === 'parquet') throw new TypeError('Parquet is read by ranges, see readFile.');
    yield* cutBlocks(CUTTERS[from.format](limits, from), content, from, limits);
    return;
  }
  const { first, whole, fault } = await headBlock(content);
  if (opened.compressed && isGzip(first))
    throw new FormatError('gzip inside gzip: compress the file once only');
  const start = first.subarray(0, 3).equals(BOM) ? 3 : 0;
  let sniffed: Sniffed;
  try {
    sniffed = sniff(first.subarray(start), whole);
  } catch (error) {
    throw fault ?? error;
  }
  const { format, ...state } = sniffed;
  const cutter = CUTTERS[format](limits, { offset: start, line: 1, ...state });
  const rest = prepend(first.subarray(start), content, fault);
  yield* cutBlocks(cutter, rest, { format, compressed: opened.compressed }, limits);
}

/** The first block, whether it is all, and the error that came instead of more. */
async function headBlock(
  content: AsyncGenerator<Buffer>,
): Promise<{ first: Buffer; whole: boolean; fault?: unknown }> {
  const head = await content.next();
  if (head.done) return { first: Buffer.alloc(0), whole: true };
  const first = head.value;
  if (first.length === BLOCK_BYTES) return { first, whole: false };
  try {
    await content.next();
    return { first, whole: true };
  } catch (fault) {
    return { first, whole: false, fault };
  }
}

async function* prepend(
  first: Buffer,
  rest: AsyncGenerator<Buffer>,
  fault?: unknown,
): AsyncGenerator<Buffer> {
  try {
    yield first;
    if (fault !== undefined) throw fault;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** The decompressed bytes from the checkpoint on. */
async function openBytes(
  source: AsyncIterable<Uint8Array>,
  limits: Limits,
  from: Checkpoint | undefined,
): Promise<{ bytes: AsyncIterable<Uint8Array>; compressed: boolean }> {
  if (from !== undefined) {
    return from.compressed
      ? { bytes: skipBytes(gunzip(source, limits), from.offset), compressed: true }
      : { bytes: source, compressed: false };
  }
  const slices = blocks(source, BLOCK_BYTES);
  const first = await slices.next();
  if (first.done) return { bytes: slices, compressed: false };
  const all = prepend(first.value, slices);
  return isGzip(first.value)
    ? { bytes: gunzip(all, limits), compressed: true }
    : { bytes: all, compressed: false };
}

async function* skipBytes(source: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of source) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Runs blocks of any size through a cutter. A FormatError, also of the source, is thrown after all records before it. */
export async function* cutBlocks(
  cutter: Cutter,
  source: AsyncIterable<Buffer>,
  known: Pick<Checkpoint, 'format' | 'compressed'>,
  limits: Limits,
): AsyncGenerator<Chunk> {
  const chunk = (items: Item[]): Chunk => ({
    items,
    checkpoint: { ...cutter.position(), format: known.format, compressed: known.compressed },
  });
  let kept: Buffer = Buffer.alloc(0);
  let total = cutter.position().offset;

  /** Cuts what can be cut, and keeps the rest. */
  function* cut(bytes: Buffer, last: boolean): Generator<Chunk> {
    let rest = bytes;
    for (let full = true; full; ) {
      const items: Item[] = [];
      let fault: unknown;
      try {
        rest = rest.subarray(cutter.cut(rest, last, items, CHUNK_ITEMS));
      } catch (error) {
        fault = error;
      }
      if (items.length > 0) yield chunk(items);
      if (fault !== undefined) throw fault;
      full = items.length >= CHUNK_ITEMS;
    }
    kept = rest;
  }

  try {
    for await (const block of source) {
      total += block.length;
      if (total > limits.maxBytes) {
        throw new FormatError(`the content is over ${limits.maxBytes.toLocaleString('en-US')} bytes`);
      }
      yield* cut(kept.length === 0 ? block : Buffer.concat([kept, block]), false);
    }
  } catch (error) {
    // The source knows what is wrong, the cutter where.
    throw error instanceof FormatError ? new FormatError(error.reason, cutter.position()) : error;
  }
  yield* cut(kept, true);
  yield chunk([]);
}
