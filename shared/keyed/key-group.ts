import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { hash32 } from '../streams/hash.ts';
import type { KeyTimer } from './process.ts';

/** What is kept of a key. */
export interface Cell {
  readonly state: unknown;
  readonly timers: readonly KeyTimer[];
}

export type Cells = ReadonlyMap<string, Cell>;

/**
 * A cell as it lies in its group, a line of text: the key, when its first timers of each kind are due, and the rest. Most keys
 * of a group have nothing to do with a batch: they are neither parsed nor written anew.
 */
class StoredCell implements Cell {
  readonly key: string;
  readonly line: string;
  readonly #rest: number;
  readonly #due: Readonly<Record<KeyTimer['time'], number | undefined>>;
  #parsed: readonly [state: unknown, timers: readonly KeyTimer[]] | undefined;

  constructor(line: string) {
    // JSON has no tabs of its own but in escapes.
    const processing = line.indexOf('\t') + 1;
    const event = line.indexOf('\t', processing) + 1;
    this.#rest = line.indexOf('\t', event) + 1;
    this.line = line;
    this.key = JSON.parse(line.slice(0, processing - 1)) as string;
    this.#due = {
      processing: momentOf(line.slice(processing, event - 1)),
      event: momentOf(line.slice(event, this.#rest - 1)),
    };
  }

  get state(): unknown {
    return this.#parse()[0];
  }

  get timers(): readonly KeyTimer[] {
    return this.#parse()[1];
  }

  due(time: KeyTimer['time']): number | undefined {
    return this.#due[time];
  }

  #parse() {
    this.#parsed ??= JSON.parse(this.line.slice(this.#rest)) as [unknown, KeyTimer[]];
    return this.#parsed;
  }
}

const momentOf = (text: string): number | undefined => (text === '' ? undefined : Number(text));

function lineOf(key: string, cell: Cell): string {
  if (cell instanceof StoredCell) return cell.line;
  const due = (time: KeyTimer['time']): string => String(firstTimer(cell, time) ?? '');
  return `${JSON.stringify(key)}\t${due('processing')}\t${due('event')}\t${JSON.stringify([cell.state, cell.timers])}`;
}

/** When a key's first timer of a kind is due, ms. */
export function firstTimer(cell: Cell, time: KeyTimer['time']): number | undefined {
  if (cell instanceof StoredCell) return cell.due(time);
  let first: number | undefined;
  for (const timer of cell.timers)
    if (timer.time === time && (first === undefined || timer.at < first)) first = timer.at;
  return first;
}

/**
 * Keys whose hashes begin alike share a document: few keys cost few reads and writes, however many events come. A group is
 * named by those bits; one that grows too large is replaced by its halves, so that many keys approach a document each.
 */
export interface KeyGroup {
  readonly name: string;
  readonly cells: Cells;
  /** The furthest watermark that any of its timers has fired by: the event time of its keys. */
  readonly watermark: number | undefined;
  /** When somebody is to look at it by a timer that is set already, ms; undefined: nobody is. */
  readonly wakeAt: number | undefined;
  /** How often a timer has been set: it names the next. */
  readonly wakes: number;
}

const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** All operators begin with this many bits, four groups: one would be written by everybody. */
const LEAST_BITS = 2;
const HASH_BITS = 32;
/** Text of one group, before compression: what a batch rewrites for a single key of it. */
export const GROUP_BYTES = 64 * 1024;
/** Text of one key. A document may have 1 MiB, also of what cannot be compressed. */
export const KEY_BYTES = 900 * 1024;

export const ROOTS = ['00', '01', '10', '11'] as const satisfies readonly string[];

export function bitsOf(key: string): string {
  return hash32(key).toString(2).padStart(HASH_BITS, '0');
}

/** The group that keys of some bits are in, where those of `forks` have been replaced by their halves. */
export function groupOf(bits: string, forks: ReadonlySet<string>): string {
  let length = LEAST_BITS;
  while (forks.has(bits.slice(0, length))) length++;
  return bits.slice(0, length);
}

export const emptyGroup = (name: string): KeyGroup => ({
  name,
  cells: new Map(),
  watermark: undefined,
  wakeAt: undefined,
  wakes: 0,
});

/** A group with its cells as they are stored. */
export interface EncodedGroup {
  readonly group: KeyGroup;
  readonly state: Uint8Array;
}

/** A group in as many pieces as its size asks for, leaves only; empty halves are among them, for their event time. */
export function splitGroup(group: KeyGroup, limit: number): EncodedGroup[] {
  const { name, cells } = group;
  const text = textOf(cells);
  if (cells.size < 2 || name.length === HASH_BITS || Buffer.byteLength(text) <= limit)
    return [{ group, state: cells.size === 0 ? new Uint8Array() : zstdCompressSync(text, FAST) }];
  const halves = [new Map<string, Cell>(), new Map<string, Cell>()] as const;
  for (const [key, cell] of cells) halves[bitsOf(key)[name.length] === '0' ? 0 : 1].set(key, cell);
  const half = (bit: 0 | 1): KeyGroup => ({
    ...group,
    name: `${name}${bit}`,
    cells: halves[bit],
    wakeAt: undefined,
  });
  return [...splitGroup(half(0), limit), ...splitGroup(half(1), limit)];
}

/** When the first timer of a group is due, by the clock and by the watermark; undefined where it has none. */
export function dueOf(cells: Cells, time: KeyTimer['time']): number | undefined {
  let first: number | undefined;
  for (const cell of cells.values()) {
    const at = firstTimer(cell, time);
    if (at !== undefined && (first === undefined || at < first)) first = at;
  }
  return first;
}

const textOf = (cells: Cells): string => Array.from(cells, ([key, cell]) => lineOf(key, cell)).join('\n');

/** Bytes that a key takes in its group, before compression. */
export const sizeOf = (key: string, cell: Cell): number => Buffer.byteLength(lineOf(key, cell));

export function decodeCells(bytes: Uint8Array): Cells {
  if (bytes.length === 0) return new Map();
  const cells = zstdDecompressSync(bytes)
    .toString('utf8')
    .split('\n')
    .map(line => new StoredCell(line));
  return new Map(cells.map(cell => [cell.key, cell]));
}
