import { hash32 } from './hash.ts';
import { encodeState, type WindowState } from './state.ts';

/**
 * State that outgrows one document is spread over chunks by the hash of the key. A chunk is named by the leading bits of
 * its keys' hashes (`0`, `10`, `11`); one that grows too large is replaced by its two halves, the others stay as they are.
 * The whole state in one piece is the chunk named ``.
 */
export const CHUNK_BYTES = 256 * 1024;

const HASH_BITS = 32;

export interface Chunk {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Encodes a chunk, in as many pieces as its size asks for; the pieces cover the same keys as the chunk did. */
export function splitChunk(name: string, state: WindowState, limit: number = CHUNK_BYTES): Chunk[] {
  const bytes = encodeState(state);
  if (bytes.length <= limit || state.size < 2 || name.length === HASH_BITS) return [{ name, bytes }];
  const halves: [WindowState, WindowState] = [new Map(), new Map()];
  for (const [key, group] of state) halves[bitsOf(key)[name.length] === '0' ? 0 : 1].set(key, group);
  return [...splitChunk(`${name}0`, halves[0], limit), ...splitChunk(`${name}1`, halves[1], limit)];
}

/** Deals a state out to the chunks that hold its keys; chunks without any of them are left out. */
export function dealOut(state: WindowState, chunks: readonly string[]): Map<string, WindowState> {
  const dealt = new Map<string, WindowState>();
  const names = new Set(chunks);
  for (const [key, group] of state) {
    const name = chunkOf(names, key);
    const part = dealt.get(name) ?? new Map();
    dealt.set(name, part.set(key, group));
  }
  return dealt;
}

function chunkOf(names: ReadonlySet<string>, key: string): string {
  const bits = bitsOf(key);
  for (let length = 1; length <= HASH_BITS; length++) {
    const name = bits.slice(0, length);
    if (names.has(name)) return name;
  }
  throw new Error(`No chunk covers the key ${JSON.stringify(key)} among ${[...names].join(', ')}`);
}

/** Whether a chunk of that name, wherever it has been split, covers the key. */
export function isIn(chunk: string, key: string): boolean {
  return bitsOf(key).startsWith(chunk);
}

function bitsOf(key: string): string {
  return hash32(key).toString(2).padStart(HASH_BITS, '0');
}
