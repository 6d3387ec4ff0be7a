import { hash32 } from './hash.ts';
import { encodeState, type WindowState } from './state.ts';

/**
 * State that outgrows one document is spread over chunks by the hash of the key. A chunk is named by the leading bits of
 * its keys' hashes (`0`, `10`, `11`), the whole state in one piece by none (``).
 */
export const CHUNK_BYTES = 256 * 1024;

export const HASH_BITS = 32;
const SAMPLE = 256;

export interface Chunk {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Encodes a chunk, in as many pieces as its size asks for; the pieces cover the same keys as the chunk did. */
export function splitChunk(name: string, state: WindowState, limit: number = CHUNK_BYTES): Chunk[] {
  // What is much too large is not encoded to learn so: some keys tell how many pieces it makes.
  let size = state.size > SAMPLE && name.length < HASH_BITS ? sampled(state) : 0;
  if (size < 2 * limit) {
    const bytes = encodeState(state);
    if (bytes.length <= limit || state.size < 2 || name.length === HASH_BITS) return [{ name, bytes }];
    size = bytes.length;
  }
  const bits = Math.min(Math.ceil(Math.log2(size / limit)), HASH_BITS - name.length);
  return [...dealOut(state, name, bits)].flatMap(([part, own]) => splitChunk(part, own, limit));
}

/** Encoded bytes of a state, reckoned from its first keys. */
function sampled(state: WindowState): number {
  const first: WindowState = new Map();
  for (const [key, group] of state) {
    first.set(key, group);
    if (first.size === SAMPLE) break;
  }
  return (encodeState(first).length * state.size) / SAMPLE;
}

/**
 * Deals a state out by the next bits of its keys' hashes; parts without any key are left out.
 * @param name bits that the hashes of all keys begin with
 */
export function dealOut(state: WindowState, name: string, bits: number): Map<string, WindowState> {
  const parts: WindowState[] = Array.from({ length: 2 ** bits }, () => new Map());
  state.forEach((group, key) => {
    parts[(hash32(key) << name.length) >>> (HASH_BITS - bits)]!.set(key, group);
  });
  return new Map(
    parts.flatMap((part, at) =>
      part.size > 0 ? [[name + at.toString(2).padStart(bits, '0'), part] as const] : [],
    ),
  );
}
