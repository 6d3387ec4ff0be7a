import { createGunzip } from 'node:zlib';
import { blocks } from './blocks.ts';
import { FormatError, type Limits } from './item.ts';

/** Slices this small bound what is decompressed ahead of the limits (1 MiB: deflate reaches 1,032 to 1), and what damage costs. */
const SLICE_BYTES = 1024;
/** Short runs of one character compress well and harm nobody. */
const RATIO_JUDGED_FROM = 32 * 1024 ** 2;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses gzip (RFC 1952, also several members in a row). What could be decompressed is yielded before an error, but for
 * the last slice before damaged bytes: zlib gives no output of the call that fails.
 * @throws {FormatError} corrupt, truncated, or over the limits; its line and offset are left for the caller to set
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Buffer> {
  const stream = createGunzip();
  let ready: Buffer[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  let over = false;
  let wake = (): void => {};
  let read = 0;
  let written = 0;
  const finish = (): void => {
    over = true;
    wake();
  };
  stream.on('data', (chunk: Buffer) => ready.push(chunk));
  stream.on('error', error => {
    failure = error;
  });
  stream.on('end', finish).on('close', finish);

  /** Resolves when the step is done or the stream is over (which leaves callbacks of steps unanswered). */
  const settled = (step: (done: () => void) => void): Promise<void> =>
    new Promise(resolve => {
      wake = resolve;
      step(resolve);
    });

  function* drain(): Generator<Buffer> {
    const chunks = ready;
    ready = [];
    for (const chunk of chunks) {
      written += chunk.length;
      yield chunk;
    }
    if (failure !== undefined) throw gzipFault(failure);
    if (written > RATIO_JUDGED_FROM && written > read * limits.maxRatio) {
      const ratio = Math.round(written / read);
      throw new FormatError(`gzip expands ${ratio} to 1, the limit is ${limits.maxRatio} to 1`);
    }
  }

  try {
    for await (const slice of blocks(source, SLICE_BYTES)) {
      read += slice.length;
      if (!over) {
        await settled(done => stream.write(slice, error => !error && done()));
        yield* drain();
      }
      // Zeros may follow as padding, and end the stream; anything else would be lost without a word.
      const unread = slice.subarray(-Math.min(slice.length, read - stream.bytesWritten) || slice.length);
      if (over && unread.some(byte => byte !== 0))
        throw new FormatError('other bytes follow the gzip stream');
    }
    if (!over) await settled(() => stream.end());
    yield* drain();
  } finally {
    stream.destroy();
  }
}

function gzipFault(error: NodeJS.ErrnoException): FormatError {
  return error.code === 'Z_BUF_ERROR'
    ? new FormatError('gzip stream ends early: the upload is cut off, send the whole file')
    : new FormatError(`gzip stream is corrupt: ${error.message}`);
}
