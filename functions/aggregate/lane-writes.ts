import type { EventBatch } from '../../shared/batches/batch.ts';
import { addTo, dueSegments, type Sizes } from '../../shared/streams/segments.ts';
import { mergeSources } from '../../shared/streams/watermark.ts';
import {
  chunkPath,
  EMPTY_LANE,
  type Lane,
  laneFields,
  lanePath,
  segmentState,
} from '../../shared/windows/lanes.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import type { LaneRead } from './lane-reads.ts';

/** A document to write, or to delete where there are no fields. */
export interface LaneChange {
  readonly path: string;
  readonly fields?: Fields;
  readonly bytes?: number;
}

/** Segments that a transaction merges, in all of its lanes: some 3 MiB to read and to write, besides what it adds. */
const MOST_MERGED = 12;

/** Bytes of the segments that are to be merged, by lane and name. */
export type Merging = ReadonlyMap<LaneRead, ReadonlyMap<string, Uint8Array>>;

/**
 * Reads the segments of some lanes that are due to be merged: mostly none, whatever keys the contributions have. What a
 * transaction has no room for is left to the next one.
 */
export async function readMerging(
  transaction: Transaction,
  reads: readonly LaneRead[],
  sizes: Sizes,
): Promise<Merging> {
  let room = MOST_MERGED;
  const wanted = reads.flatMap(read => {
    const due = dueSegments(read.known?.chunks ?? [], room, sizes);
    room -= due.length;
    return due.map(name => ({ read, name, path: chunkPath(lanePath(read.contribution, read.lane), name) }));
  });
  const merging = new Map<LaneRead, Map<string, Uint8Array>>();
  if (wanted.length === 0) return merging;
  const documents = await transaction.read(wanted.map(({ path }) => path));
  for (const [at, { read, name, path }] of wanted.entries()) {
    const state = segmentState(path, documents[at]);
    merging.set(read, (merging.get(read) ?? new Map()).set(name, state));
  }
  return merging;
}

/** What a contribution changes in its lane; the window's head is made along with its first lane. */
export function changeLane(
  read: LaneRead,
  batch: Pick<EventBatch, 'version' | 'upload'>,
  merging: Merging,
  now: number,
  sizes: Sizes,
): LaneChange[] {
  const { contribution, lane, known, headed } = read;
  const path = lanePath(contribution, lane);
  const before = known ?? newLane(read, lane, batch.version, now);
  const commits = before.commits + 1;
  const { inline, segments, written, dropped } = addTo(
    { inline: before.state, segments: before.chunks },
    contribution.state,
    merging.get(read) ?? new Map(),
    commits,
    sizes,
  );
  const after: Lane = {
    ...before,
    version: batch.version,
    spec: contribution.spec,
    lateness: Math.max(before.lateness, contribution.spec.lateness * 1000),
    retention: Math.max(before.retention, contribution.spec.retention * 1000),
    state: inline,
    chunks: segments,
    sources: mergeSources(before.sources, contribution.sources),
    live: before.live || batch.upload === undefined,
    uploaded: before.uploaded || batch.upload !== undefined,
    commits,
    events: before.events + contribution.events.length,
    dirty: true,
    changedAt: Math.max(now, before.changedAt),
  };
  const changes: LaneChange[] = [{ path, fields: laneFields(after), bytes: after.state.length }];
  if (!headed && lane !== 0) {
    const head = newLane(read, 0, batch.version, now);
    changes.push({ path: lanePath(contribution, 0), fields: laneFields(head) });
  }
  for (const { name, bytes } of written) {
    changes.push({ path: chunkPath(path, name), fields: { state: bytes }, bytes: bytes.length });
  }
  for (const name of dropped) changes.push({ path: chunkPath(path, name) });
  return changes;
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
