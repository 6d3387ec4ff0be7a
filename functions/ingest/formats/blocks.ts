/**
 * Cuts a stream of chunks of any size into blocks of exactly `size` bytes (the last one shorter), so that chunking never
 * matters. What came before an error of the source is yielded before the error is thrown.
 */
export async function* blocks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let length = 0;
  let failed: { error: unknown } | undefined;
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        failed = { error };
        return { done: true as const };
      });
      if (next.done) break;
      const chunk = next.value;
      let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      while (length + rest.length >= size) {
        const head = rest.subarray(0, size - length);
        rest = rest.subarray(head.length);
        const block = kept.length === 0 ? head : Buffer.concat([...kept, head], size);
        kept = [];
        length = 0;
        yield block;
      }
      if (rest.length > 0) {
        kept.push(rest);
        length += rest.length;
      }
    }
    if (length > 0) yield Buffer.concat(kept, length);
    if (failed !== undefined) throw (failed as { error: unknown }).error;
  } finally {
    // A reader that stops early closes the source.
    await chunks.return?.();
  }
}
