import { decodeState, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { chunkPath, type Lane, laneOf, lanePath, type WindowInstance } from '../../shared/windows/lanes.ts';
import type { Transaction } from '../../shared/windows/transaction.ts';

/** A slice to look at, with the number of its lanes. */
export interface SliceNotice extends WindowInstance {
  readonly lanes: number;
}

/** The lanes that slices have, the head first. */
export async function readLanes(transaction: Transaction, slices: readonly SliceNotice[]): Promise<Lane[][]> {
  const paths = slices.map(slice => Array.from({ length: slice.lanes }, (_, lane) => lanePath(slice, lane)));
  const documents = await transaction.read(paths.flat());
  let next = 0;
  return paths.map(own => {
    const found = documents.slice(next, next + own.length);
    next += own.length;
    return found.filter(fields => fields !== undefined).map(laneOf);
  });
}

/** State of lanes that lies in chunks, by path. */
export type Chunks = ReadonlyMap<string, Uint8Array>;

export async function readChunks(transaction: Transaction, lanes: readonly Lane[]): Promise<Chunks> {
  const paths = lanes.flatMap(chunkPaths);
  if (paths.length === 0) return new Map();
  const documents = await transaction.read(paths);
  return new Map(
    paths.flatMap((path, at) => (documents[at] ? [[path, documents[at]['state'] as Uint8Array]] : [])),
  );
}

/** What lanes have come to together. */
export function stateOf(lanes: readonly Lane[], chunks: Chunks): WindowState {
  const state: WindowState = new Map();
  for (const lane of lanes) {
    mergeState(state, decodeState(lane.state));
    for (const path of chunkPaths(lane)) {
      const chunk = chunks.get(path);
      if (chunk) mergeState(state, decodeState(chunk));
    }
  }
  return state;
}

export function chunkPaths(lane: Lane): string[] {
  return lane.chunks.map(chunk => chunkPath(lanePath(lane, lane.lane), chunk));
}

/** The lane that changed last: its version of the pipeline is the one that speaks. */
export function newestOf(lanes: readonly Lane[]): Lane {
  return lanes.reduce((newest, lane) => (lane.changedAt > newest.changedAt ? lane : newest));
}
