import { CHUNK_BYTES, type Chunk, splitChunk } from './chunks.ts';
import { decodeState, mergeGroup, mergeState, type WindowState } from './state.ts';

/**
 * State that grows by what comes, without being read: a log-structured merge tree, by the hash of the key (as LSM-trie:
 * {@link https://www.usenix.org/conference/atc15/technical-session/presentation/wu}). What has come last lies inline, beside
 * what describes it. Once that outgrows a chunk it is written down as **segments**, which never change. A segment is named by
 * the leading bits of its keys' hashes and a number that no other has: `010-7`. Those of the same bits are a **pile**, and know
 * the same keys; as merging is free of order, any of them may be merged at any time. A pile that has grown is merged into pieces
 * of a chunk's size each, which mostly are on piles of more bits: so a key is written once for every {@link Sizes.pile} that all
 * of the state has grown by, and never more than some documents at once.
 */
export interface Sizes {
  /** Encoded bytes of a segment, and of what lies inline. */
  readonly segment: number;
  /** Segments of a pile that are merged. */
  readonly pile: number;
}

export const SIZES: Sizes = { segment: CHUNK_BYTES, pile: 4 };

/** What state lies in: the bytes inline, and the names of its segments. */
export interface Layout {
  readonly inline: Uint8Array;
  readonly segments: readonly string[];
}

/** A layout after a change, with the segments to write and those to delete for it. */
export interface Change extends Layout {
  readonly written: readonly Chunk[];
  readonly dropped: readonly string[];
}

const NOTHING = new Uint8Array();
/** A pile of so many piles has been left behind. */
const MOST_PILES = 4;

/** The bits of a segment. A chunk of the layout before there were segments (`010`) is one that needs no number. */
export function bitsOf(segment: string): string {
  const end = segment.indexOf('-');
  return end < 0 ? segment : segment.slice(0, end);
}

/**
 * The segments to merge next, the largest pile's first.
 * @param most segments
 */
export function dueSegments(segments: readonly string[], most: number, { pile }: Sizes = SIZES): string[] {
  const due: string[] = [];
  for (const own of pilesOf(segments)) {
    const room = Math.min(own.length, most - due.length);
    if (own.length < pile || room < pile) break;
    due.push(...own.slice(0, room));
  }
  return due;
}

/** Whether piles have grown faster than they were merged: then less is to be added at once. */
export function isBehind(segments: readonly string[], { pile }: Sizes = SIZES): boolean {
  return (pilesOf(segments)[0]?.length ?? 0) > MOST_PILES * pile;
}

/** The largest first. */
function pilesOf(segments: readonly string[]): string[][] {
  const piles = new Map<string, string[]>();
  for (const segment of segments) {
    const bits = bitsOf(segment);
    const others = piles.get(bits);
    if (others) others.push(segment);
    else piles.set(bits, [segment]);
  }
  return [...piles.values()].sort((a, b) => b.length - a.length);
}

/**
 * Adds to a state, and merges some of its segments.
 * @param merging the bytes of segments ({@link dueSegments}), by name: all that has to be read
 * @param number of this change: names its segments, so no two changes may have the same
 */
export function addTo(
  { inline, segments }: Layout,
  added: WindowState,
  merging: ReadonlyMap<string, Uint8Array>,
  number: number,
  sizes: Sizes = SIZES,
): Change {
  const written: Chunk[] = [];
  const write = (chunks: readonly Chunk[]): void => {
    for (const { name, bytes } of chunks)
      written.push({ name: `${name}-${number}.${written.length}`, bytes });
  };
  for (const pile of pilesOf([...merging.keys()])) {
    const state = merged(pile.map(name => merging.get(name)!));
    write(splitChunk(bitsOf(pile[0]!), state, sizes.segment));
  }
  const state = merged([inline]);
  mergeState(state, added);
  const pieces = splitChunk('', state, sizes.segment);
  const whole = pieces.length === 1 && pieces[0]!.bytes.length <= sizes.segment;
  if (!whole) write(pieces);
  const kept = segments.filter(name => !merging.has(name));
  return {
    inline: whole ? pieces[0]!.bytes : NOTHING,
    segments: [...kept, ...written.map(({ name }) => name)],
    written,
    dropped: [...merging.keys()],
  };
}

/** What encoded states come to together. */
export function merged(states: Iterable<Uint8Array>): WindowState {
  const all: WindowState = new Map();
  for (const bytes of states) {
    // What has been decoded is nobody else's: it needs no copy, as by mergeState.
    decodeState(bytes).forEach((group, key) => {
      const known = all.get(key);
      if (known) mergeGroup(known, group);
      else all.set(key, group);
    });
  }
  return all;
}
