import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { CHUNK_BYTES } from '../../shared/streams/chunks.ts';
import { merged } from '../../shared/streams/segments.ts';
import type { WindowState } from '../../shared/streams/state.ts';
import {
  chunkPath,
  type Lane,
  laneOf,
  lanePath,
  segmentState,
  type WindowInstance,
} from '../../shared/windows/lanes.ts';
import type { Transaction } from '../../shared/windows/transaction.ts';

/** A lane on whose account its slice is to be looked at, as a query found it. */
export interface SliceNotice extends WindowInstance {
  readonly lane: Lane['lane'];
  /** How many its slice has. */
  readonly lanes: number;
  readonly spec: WindowSpec;
  readonly live: boolean;
  readonly commits: number;
}

/**
 * The lanes that slices have, the head first.
 * @param slices with the number of their lanes, where it is known: else it costs another request
 */
export async function readLanes(
  transaction: Transaction,
  slices: readonly (WindowInstance & { readonly lanes?: number })[],
): Promise<Lane[][]> {
  const first = slices.map(slice => ({ slice, names: numbers(0, slice.lanes ?? 1) }));
  const found = await readNamed(transaction, first);
  const rest = slices.map((slice, at) => {
    const [head] = found[at]!;
    return { slice, names: slice.lanes === undefined ? numbers(1, head?.lanes ?? 1) : [] };
  });
  const others = await readNamed(transaction, rest);
  return slices.map((_, at) => [...found[at]!, ...others[at]!]);
}

/** Some lanes of slices, those that there are. */
export async function readNamed(
  transaction: Transaction,
  wanted: readonly { readonly slice: WindowInstance; readonly names: readonly Lane['lane'][] }[],
): Promise<Lane[][]> {
  const paths = wanted.map(({ slice, names }) => names.map(name => lanePath(slice, name)));
  const all = paths.flat();
  const documents = all.length > 0 ? await transaction.read(all) : [];
  let next = 0;
  return paths.map(own => {
    const found = documents.slice(next, next + own.length);
    next += own.length;
    return found.filter(fields => fields !== undefined).map(laneOf);
  });
}

export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Encoded bytes of what lanes have come to, at most. */
export function bytesOf(lanes: readonly Lane[]): number {
  return lanes.reduce((sum, { state, chunks }) => sum + state.length + chunks.length * CHUNK_BYTES, 0);
}

/** Of encoded state, that one transaction shows: a key that is shown takes a hundred times the memory of its bytes. */
export const LARGEST_BYTES = 512 * 1024;

/** Encoded state of segments, by path. */
export type Chunks = ReadonlyMap<string, Uint8Array>;

export function readChunks(transaction: Transaction, lanes: readonly Lane[]): Promise<Chunks> {
  return readStates(transaction, lanes.flatMap(chunkPaths));
}

export async function readStates(transaction: Transaction, paths: readonly string[]): Promise<Chunks> {
  if (paths.length === 0) return new Map();
  const documents = await transaction.read(paths);
  return new Map(paths.map((path, at) => [path, segmentState(path, documents[at])]));
}

/** What lanes have come to together. */
export function stateOf(lanes: readonly Lane[], chunks: Chunks): WindowState {
  return merged(lanes.flatMap(lane => [lane.state, ...chunkPaths(lane).map(path => chunks.get(path)!)]));
}

export function chunkPaths(lane: Lane): string[] {
  return lane.chunks.map(chunk => chunkPath(lanePath(lane, lane.lane), chunk));
}

/** The lane that changed last: its version of the pipeline is the one that speaks. */
export function newestOf(lanes: readonly Lane[]): Lane {
  return lanes.reduce((newest, lane) => (lane.changedAt > newest.changedAt ? lane : newest));
}
