import { hash } from 'node:crypto';
import { textOf } from '../text.ts';
import type { Accumulator } from './accumulator.ts';
import { estimateOf } from './hyperloglog.ts';

/**
 * How many different values there are: HyperLogLog of 2^12 registers (P. Flajolet et al., 2007), sparse while small as
 * HLL++ is (S. Heule et al., 2013): up to {@link SPARSE} values are told apart by 26 bits of their hashes.
 */
export interface Distinct {
  missing: number;
  /** By the first 26 bits of the hash, the rank of the other 38; undefined once registers have taken its place. */
  sparse: Map<number, number> | undefined;
  registers: Uint8Array | undefined;
}

export interface ShownDistinct {
  readonly estimate: number;
  /** Relative standard error: two estimates of three are that close, 19 of 20 within twice of it. */
  readonly error: number;
  readonly missing: number;
}

const PRECISION = 12;
const REGISTERS = 2 ** PRECISION;
const SPARSE_BITS = 26;
/** A register has 6 bits, a sparse entry about 4 bytes: from here on registers are the smaller. */
export const SPARSE = 768;
/** 1.04 / √registers, rounded up. */
export const DENSE_ERROR = 0.0163;
/** Of values that share their 26 bits with others: 1 / √(2 · 2^26). */
export const SPARSE_ERROR = 0.0001;

export const distinct: Accumulator<Distinct, ShownDistinct> = {
  empty: () => ({ missing: 0, sparse: new Map(), registers: undefined }),
  add(into, input) {
    const text = textOf(input);
    if (text === undefined) {
      into.missing++;
      return;
    }
    // Slower than others, but nobody can choose values that look like few, or like many.
    const bits = hash('sha256', text, 'buffer');
    const high = bits.readUInt32BE(0);
    const index = high >>> (32 - SPARSE_BITS);
    // The last 6 bits of the first word, then the second.
    const rest = high & 63;
    note(into, index, rest === 0 ? 7 + Math.clz32(bits.readUInt32BE(4)) : Math.clz32(rest) - 25);
  },
  merge(into, from) {
    into.missing += from.missing;
    if (from.sparse) for (const [index, rank] of from.sparse) note(into, index, rank);
    if (!from.registers) return;
    const registers = densify(into);
    for (let at = 0; at < REGISTERS; at++) raise(registers, at, from.registers[at]!);
  },
  write({ missing, sparse, registers }, writer) {
    writer.whole(missing);
    writer.length(sparse ? sparse.size + 1 : 0);
    if (registers) writer.block(packed(registers));
    let before = 0;
    for (const index of [...(sparse?.keys() ?? [])].sort((a, b) => a - b)) {
      writer.length(index - before);
      writer.length(sparse!.get(index)!);
      before = index;
    }
  },
  read(reader) {
    const missing = reader.whole();
    const size = reader.length();
    if (size === 0) return { missing, sparse: undefined, registers: unpacked(reader.block()) };
    const sparse = new Map<number, number>();
    for (let left = size - 1, index = 0; left > 0; left--) {
      index += reader.length();
      sparse.set(index, reader.length());
    }
    return { missing, sparse, registers: undefined };
  },
  show: ({ missing, sparse, registers }) =>
    registers
      ? { estimate: Math.round(estimateOf(registers, PRECISION)), error: DENSE_ERROR, missing }
      : { estimate: linearCount(sparse?.size ?? 0), error: SPARSE_ERROR, missing },
};

/** A value of this index (26 bits) whose other bits begin with rank - 1 zeros. */
function note(into: Distinct, index: number, rank: number): void {
  if (!into.sparse) {
    noteDense(into.registers!, index, rank);
    return;
  }
  const known = into.sparse.get(index);
  if (known !== undefined && known >= rank) return;
  into.sparse.set(index, rank);
  // Whether it is sparse depends on the values alone: their number only grows.
  if (into.sparse.size > SPARSE) densify(into);
}

function densify(into: Distinct): Uint8Array {
  if (into.registers) return into.registers;
  const registers = new Uint8Array(REGISTERS);
  for (const [index, rank] of into.sparse!) noteDense(registers, index, rank);
  into.sparse = undefined;
  into.registers = registers;
  return registers;
}

/** Of the 26 bits the first 12 name the register, the rank goes on in the other 14. */
function noteDense(registers: Uint8Array, index: number, rank: number): void {
  const below = SPARSE_BITS - PRECISION;
  const rest = index & (2 ** below - 1);
  raise(registers, index >>> below, rest === 0 ? below + rank : Math.clz32(rest) - (32 - below) + 1);
}

function raise(registers: Uint8Array, at: number, rank: number): void {
  if (rank > registers[at]!) registers[at] = rank;
}

function linearCount(entries: number): number {
  const cells = 2 ** SPARSE_BITS;
  return Math.round(-cells * Math.log1p(-entries / cells));
}

/** Four registers of 6 bits in three bytes. */
function packed(registers: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((REGISTERS / 4) * 3);
  for (let at = 0, to = 0; at < REGISTERS; at += 4, to += 3) {
    const [a, b, c, d] = [registers[at]!, registers[at + 1]!, registers[at + 2]!, registers[at + 3]!];
    bytes[to] = (a << 2) | (b >> 4);
    bytes[to + 1] = (b << 4) | (c >> 2);
    bytes[to + 2] = (c << 6) | d;
  }
  return bytes;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (let at = 0, from = 0; at < REGISTERS; at += 4, from += 3) {
    const [x, y, z] = [bytes[from]!, bytes[from + 1]!, bytes[from + 2]!];
    registers[at] = x >> 2;
    registers[at + 1] = ((x & 3) << 4) | (y >> 4);
    registers[at + 2] = ((y & 15) << 2) | (z >> 6);
    registers[at + 3] = z & 63;
  }
  return registers;
}
