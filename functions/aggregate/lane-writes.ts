import type { EventBatch } from '../../shared/batches/batch.ts';
import { CHUNK_BYTES, type Chunk, dealOut, splitChunk } from '../../shared/streams/chunks.ts';
import { decodeState, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { mergeSources } from '../../shared/streams/watermark.ts';
import { chunkPath, EMPTY_LANE, type Lane, laneFields, lanePath } from '../../shared/windows/lanes.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import type { LaneRead } from './lane-reads.ts';
import type { Contribution } from './parts.ts';

/** A document to write, or to delete where there are no fields. */
export interface LaneChange {
  readonly path: string;
  readonly fields?: Fields;
  readonly bytes?: number;
}

/** State of the chunks that a batch touches, by path. */
export type Chunks = ReadonlyMap<string, WindowState>;

/** How many bytes of chunks a transaction would read and write at most: known before any is read. */
export function chunkBytes(reads: readonly LaneRead[]): number {
  return reads.reduce(
    (sum, { contribution, known }) => sum + touched(contribution, known).size * CHUNK_BYTES,
    0,
  );
}

/** Reads the chunks in which the keys of the contributions lie, and no others. */
export async function readChunks(transaction: Transaction, reads: readonly LaneRead[]): Promise<Chunks> {
  const paths = reads
    .flatMap(({ contribution, lane, known }) =>
      [...touched(contribution, known).keys()].map(chunk => chunkPath(lanePath(contribution, lane), chunk)),
    )
    .sort();
  if (paths.length === 0) return new Map();
  const documents = await transaction.read(paths);
  return new Map(paths.map((path, at) => [path, decodeState(bytesOf(documents[at]?.['state']))]));
}

/** What a contribution changes in its lane; the window's head is made along with its first lane. */
export function changeLane(
  read: LaneRead,
  batch: Pick<EventBatch, 'version' | 'upload'>,
  chunks: Chunks,
  now: number,
): LaneChange[] {
  const { contribution, lane, known, headed } = read;
  const path = lanePath(contribution, lane);
  const before = known ?? newLane(read, lane, batch.version, now);
  const pieces = touchedPieces(contribution, before, path, chunks);
  const inline = pieces.find(({ name }) => name === '');
  const after: Lane = {
    ...before,
    version: batch.version,
    spec: contribution.spec,
    lateness: Math.max(before.lateness, contribution.spec.lateness * 1000),
    retention: Math.max(before.retention, contribution.spec.retention * 1000),
    state: inline?.bytes ?? EMPTY_LANE.state,
    chunks: inline ? [] : chunkNames(before.chunks, pieces),
    sources: mergeSources(before.sources, contribution.sources),
    live: before.live || batch.upload === undefined,
    uploaded: before.uploaded || batch.upload !== undefined,
    commits: before.commits + 1,
    events: before.events + contribution.events.length,
    dirty: true,
    changedAt: Math.max(now, before.changedAt),
  };
  const changes: LaneChange[] = [{ path, fields: laneFields(after), bytes: after.state.length }];
  if (!headed && lane !== 0) {
    const head = newLane(read, 0, batch.version, now);
    changes.push({ path: lanePath(contribution, 0), fields: laneFields(head) });
  }
  if (inline) return changes;
  for (const { name, bytes } of pieces) {
    changes.push({ path: chunkPath(path, name), fields: { state: bytes }, bytes: bytes.length });
  }
  for (const name of before.chunks) {
    if (!after.chunks.includes(name)) changes.push({ path: chunkPath(path, name) });
  }
  return changes;
}

/** The contribution by the chunk that it belongs to; nothing while the lane's state is in one piece. */
function touched(contribution: Contribution, known: Lane | undefined): Map<string, WindowState> {
  return known?.chunks.length ? dealOut(contribution.state, known.chunks) : new Map();
}

function touchedPieces(contribution: Contribution, before: Lane, path: string, chunks: Chunks): Chunk[] {
  if (before.chunks.length === 0) {
    const state = decodeState(before.state);
    mergeState(state, contribution.state);
    return splitChunk('', state);
  }
  return [...touched(contribution, before)].flatMap(([name, part]) => {
    const state = chunks.get(chunkPath(path, name)) ?? new Map();
    mergeState(state, part);
    return splitChunk(name, state);
  });
}

/** The chunks there are once some have been replaced by their halves. */
function chunkNames(before: readonly string[], pieces: readonly Chunk[]): string[] {
  const names = pieces.map(({ name }) => name);
  const kept = before.filter(name => !names.some(piece => piece !== name && piece.startsWith(name)));
  return [...new Set([...kept, ...names])].sort();
}

function newLane({ contribution, lanes }: LaneRead, lane: number, version: string, now: number): Lane {
  const { pipeline, window, shape, start, end, spec } = contribution;
  return {
    pipeline,
    window,
    shape,
    start,
    end,
    lane,
    lanes,
    version,
    spec,
    lateness: spec.lateness * 1000,
    retention: spec.retention * 1000,
    ...EMPTY_LANE,
    since: now,
    changedAt: now,
  };
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : EMPTY_LANE.state;
}
