import { blocks } from './blocks.ts';
import { CUTTERS } from './formats.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { type Checkpoint, type Cutter, DEFAULT_LIMITS, FormatError, type Item, type Limits } from './item.ts';
import { sniff } from './sniff.ts';

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
    yield* cutBlocks(CUTTERS[from.format](limits, from), content, from, limits);
    return;
  }
  const head = await content.next();
  const first = head.done ? Buffer.alloc(0) : head.value;
  if (isGzip(first) && opened.compressed)
    throw new FormatError('gzip inside gzip: compress the file once only');
  const start = first.subarray(0, 3).equals(BOM) ? 3 : 0;
  const { format, delimiter } = sniff({ bytes: first.subarray(start), whole: first.length < BLOCK_BYTES });
  const position = { offset: start, line: 1, ...(delimiter === undefined ? {} : { delimiter }) };
  const cutter = CUTTERS[format](limits, position);
  const rest = prepend(first.subarray(start), content);
  yield* cutBlocks(cutter, rest, { format, compressed: opened.compressed }, limits);
}

async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
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

/** Runs blocks of any size through a cutter. A FormatError of the source is thrown after the records before it. */
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
  const iterator = source[Symbol.asyncIterator]();
  for (let last = false; !last; ) {
    const next = await iterator.next();
    last = next.done === true;
    const bytes = last ? kept : kept.length === 0 ? next.value : Buffer.concat([kept, next.value]);
    if (!last) total += next.value.length;
    let at = 0;
    for (let more = true; more; ) {
      const items: Item[] = [];
      at += cutter.cut(bytes.subarray(at), last, items, CHUNK_ITEMS);
      more = items.length >= CHUNK_ITEMS;
      if (items.length > 0) yield chunk(items);
    }
    kept = bytes.subarray(at);
    if (total > limits.maxBytes) {
      throw new FormatError(
        `over ${limits.maxBytes.toLocaleString('en-US')} bytes of content`,
        cutter.position(),
      );
    }
  }
  yield chunk([]);
}
