import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { blocks } from './blocks.ts';
import { FormatError, type Limits } from './item.ts';

/** Fed in slices this small, what is decompressed ahead of the limits stays under 4 MiB (deflate reaches 1,032 to 1). */
const SLICE_BYTES = 4096;
/** Short runs of one character compress well and harm nobody. */
const RATIO_JUDGED_FROM = 32 * 1024 ** 2;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses gzip (RFC 1952, also several members in a row). All that could be decompressed is yielded before an error.
 * @throws {FormatError} corrupt, truncated, or over the limits; its line and offset are left for the caller to set
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: 64 * 1024 });
  let ready: Buffer[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  let read = 0;
  let written = 0;
  stream.on('data', (chunk: Buffer) => ready.push(chunk));
  stream.on('error', error => {
    failure = error;
  });
  const closed = once(stream, 'close').catch(() => undefined);

  function* drain(): Generator<Buffer> {
    const chunks = ready;
    ready = [];
    for (const chunk of chunks) {
      written += chunk.length;
      yield chunk;
    }
    if (written > RATIO_JUDGED_FROM && written > read * limits.maxRatio) {
      const ratio = Math.round(written / read);
      throw new FormatError(`gzip expands ${ratio} to 1, the limit is ${limits.maxRatio} to 1`);
    }
  }

  try {
    for await (const slice of blocks(source, SLICE_BYTES)) {
      if (stream.readableEnded) break;
      read += slice.length;
      await Promise.race([new Promise(done => stream.write(slice, done)), closed]);
      yield* drain();
      if (failure !== undefined) throw gzipFault(failure);
    }
    stream.end();
    await closed;
    yield* drain();
    if (failure !== undefined) throw gzipFault(failure);
  } finally {
    stream.destroy();
  }
}

function gzipFault(error: NodeJS.ErrnoException): FormatError {
  return error.code === 'Z_BUF_ERROR'
    ? new FormatError('gzip stream ends early: the upload is cut off, send the whole file')
    : new FormatError(`gzip stream is corrupt: ${error.message}`);
}
