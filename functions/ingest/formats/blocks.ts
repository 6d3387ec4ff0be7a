/** Cuts a stream of chunks of any size into blocks of exactly `size` bytes (the last one shorter): chunking then never matters. */
export async function* blocks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
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
}
