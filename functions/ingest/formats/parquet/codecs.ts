import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type CompressionCodec, snappyUncompress } from 'hyparquet';

type Decompress = (input: Uint8Array, length: number) => Uint8Array;

/** None gives more than `length` bytes, whatever its input says. */
const CODECS: Partial<Record<CompressionCodec, Decompress>> = {
  UNCOMPRESSED: input => input,
  SNAPPY: (input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length }),
};

export const CODEC_NAMES = Object.keys(CODECS);

/** @throws Error when the bytes do not give exactly `length` bytes */
export function decompress(codec: CompressionCodec, input: Uint8Array, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  const output = CODECS[codec]!(input, length);
  if (output.length !== length) throw new Error(`a page has ${output.length} bytes instead of ${length}`);
  return output;
}
