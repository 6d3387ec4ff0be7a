import type { FileBytes } from './file.ts';
import { DEFAULT_LIMITS } from './item.ts';
import { readParquet } from './parquet/parquet.ts';
import { type Chunk, type ReadOptions, readItems } from './read.ts';

const PARQUET = Buffer.from('PAR1');

/**
 * Reads the records of a stored file in any format, from the beginning or on from a checkpoint; see {@link readItems}.
 * @throws {FormatError} the file cannot be read (any further)
 */
export async function* readFile(file: FileBytes, options: ReadOptions = {}): AsyncGenerator<Chunk> {
  const { from } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (from?.format === 'parquet') {
    yield* readParquet(file, limits, from);
    return;
  }
  if (from !== undefined) {
    yield* readItems(file.stream(from.compressed ? 0 : from.offset), options);
    return;
  }
  const { head, all } = await peek(file.stream(0), PARQUET.length);
  if (!head.equals(PARQUET)) {
    yield* readItems(all, options);
    return;
  }
  await all.return(undefined);
  yield* readParquet(file, limits);
}

/** The first bytes of a stream, and the stream with them. */
async function peek(
  source: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ head: Buffer; all: AsyncGenerator<Uint8Array> }> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let over = false;
  let head = Buffer.alloc(0);
  while (head.length < count && !over) {
    const next = await chunks.next();
    over = next.done === true;
    if (!next.done) first.push(next.value);
    head = Buffer.concat(first).subarray(0, count);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      while (!over) {
        const next = await chunks.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }
  return { head, all: all() };
}
