import { open, rm } from 'node:fs/promises';
import { Checksums, type Digests } from '../checksums.ts';

/** Bytes on disk that no object has yet. */
export interface Staged {
  readonly path: string;
  readonly size: number;
  readonly digests: Digests;
}

/** Small reads are gathered to this before they are hashed and written: fewer trips to the thread pool. */
const WRITE_BYTES = 256 * 1024;

/** Streams `source` into a file, hashing on the way; a source that fails leaves no file. */
export async function stage(source: AsyncIterable<Buffer>, path: string): Promise<Staged> {
  const file = await open(path, 'w');
  try {
    const checksums = new Checksums();
    let size = 0;
    for await (const chunks of gather(source)) {
      await file.writev(chunks);
      for (const chunk of chunks) {
        checksums.update(chunk);
        size += chunk.length;
      }
    }
    return { path, size, digests: checksums.digests() };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

export async function* gather(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < WRITE_BYTES) continue;
    yield chunks;
    chunks = [];
    bytes = 0;
  }
  if (bytes > 0) yield chunks;
}
