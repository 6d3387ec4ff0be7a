import { CHUNK_BYTES, dealOut, HASH_BITS } from '../../shared/streams/chunks.ts';
import { bitsOf, merged } from '../../shared/streams/segments.ts';
import { decodeState, encodeState, type WindowState } from '../../shared/streams/state.ts';
import { chunkPath, type Lane, lanePath } from '../../shared/windows/lanes.ts';
import type { Transaction } from '../../shared/windows/transaction.ts';
import { readStates } from './lanes.ts';

/** Segments of one request: some MiB. */
const READ_TOGETHER = 16;
/** Bits of the hash by which keys are dealt out at once. */
const MOST_BITS = 3;

interface Segment {
  readonly bits: string;
  readonly path: string;
}

/**
 * What lanes have come to together, part by part: each key is in one part. The parts are those of the keys' hashes, and as
 * small as it takes; a segment of keys of several parts is dealt out to them. So each segment is read once, and there is never more in memory
 * than a part, and what has been dealt out on the way to it.
 * @param atOnce encoded bytes of a part, as far as they are known before they are read
 */
export function statesOf(
  transaction: Transaction,
  lanes: readonly Lane[],
  atOnce: number,
): AsyncGenerator<WindowState> {
  const segments = lanes.flatMap(lane =>
    lane.chunks.map(name => ({ bits: bitsOf(name), path: chunkPath(lanePath(lane, lane.lane), name) })),
  );
  const inline = lanes.map(({ state }) => state).filter(({ length }) => length > 0);
  return statesIn(transaction, '', inline, segments, atOnce);
}

/**
 * @param bits that the hashes of all keys begin with
 * @param dealt states of those keys
 * @param segments that are still to be read
 */
async function* statesIn(
  transaction: Transaction,
  bits: string,
  dealt: readonly Uint8Array[],
  segments: readonly Segment[],
  atOnce: number,
): AsyncGenerator<WindowState> {
  const bytes = dealt.reduce((sum, { length }) => sum + length, segments.length * CHUNK_BYTES);
  const more = Math.min(Math.ceil(Math.log2(bytes / atOnce)), MOST_BITS, HASH_BITS - bits.length);
  if (more <= 0) {
    const state = merged([...dealt, ...(await readSegments(transaction, segments))]);
    if (state.size > 0) yield state;
    return;
  }
  const length = bits.length + more;
  const parts = new Map<string, Uint8Array[]>();
  const deal = (state: Uint8Array): void => {
    for (const [part, own] of dealOut(decodeState(state), bits, more)) {
      const others = parts.get(part);
      if (others) others.push(encodeState(own));
      else parts.set(part, [encodeState(own)]);
    }
  };
  for (const state of dealt) deal(state);
  const across = segments.filter(segment => segment.bits.length < length);
  for (let at = 0; at < across.length; at += READ_TOGETHER) {
    for (const state of await readSegments(transaction, across.slice(at, at + READ_TOGETHER))) deal(state);
  }
  const within = segments.filter(segment => segment.bits.length >= length);
  for (let part = 0; part < 2 ** more; part++) {
    const name = bits + part.toString(2).padStart(more, '0');
    const own = parts.get(name) ?? [];
    parts.delete(name);
    const below = within.filter(segment => segment.bits.startsWith(name));
    if (own.length + below.length > 0) yield* statesIn(transaction, name, own, below, atOnce);
  }
}

async function readSegments(transaction: Transaction, segments: readonly Segment[]): Promise<Uint8Array[]> {
  const states = await readStates(
    transaction,
    segments.map(({ path }) => path),
  );
  return [...states.values()];
}
