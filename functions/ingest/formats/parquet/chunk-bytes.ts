import type { FileBytes } from '../file.ts';

/** The bytes of one column chunk, fetched a window at a time. */
export interface ChunkBytes {
  readonly end: number;
  /** @throws RangeError beyond the chunk's end */
  take(at: number, length: number): Promise<Uint8Array>;
}

const SMALL_GROUP_BYTES = 4 * 1024 ** 2;
const ALL_WINDOWS_BYTES = 16 * 1024 ** 2;
const WINDOW_BYTES = { least: 64 * 1024, most: 1024 ** 2 };

/** A small row group is fetched at once, a large one as it is needed, with windows that stay small where columns are many. */
export async function openChunks(
  file: Pick<FileBytes, 'slice'>,
  ranges: readonly { readonly start: number; readonly end: number }[],
): Promise<ChunkBytes[]> {
  const start = Math.min(...ranges.map(range => range.start));
  const end = Math.max(...ranges.map(range => range.end));
  const small = end - start <= SMALL_GROUP_BYTES ? await file.slice(start, end) : undefined;
  const slice: FileBytes['slice'] = small
    ? async (from, to) => small.subarray(from - start, to - start)
    : (from, to) => file.slice(from, to);
  const share = Math.floor(ALL_WINDOWS_BYTES / ranges.length);
  const size = Math.max(WINDOW_BYTES.least, Math.min(WINDOW_BYTES.most, share));
  return ranges.map(range => windowed(slice, range.end, size));
}

function windowed(slice: FileBytes['slice'], end: number, size: number): ChunkBytes {
  let window: Uint8Array = new Uint8Array(0);
  let from = 0;
  return {
    end,
    take: async (at, length) => {
      if (length < 0 || at + length > end) throw new RangeError('a page goes beyond the end of its column');
      if (at < from || at + length > from + window.length) {
        window = await slice(at, Math.min(end, at + Math.max(length, size)));
        from = at;
      }
      return window.subarray(at - from, at - from + length);
    },
  };
}
