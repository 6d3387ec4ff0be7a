import type { Due, PaneInfo } from '../../shared/streams/decide.ts';
import { covers } from '../../shared/streams/watermark.ts';
import type { Content } from '../../shared/windows/content.ts';
import { dueFields, type Lane, lanePath, type WindowInstance } from '../../shared/windows/lanes.ts';
import { paneDocuments } from '../../shared/windows/panes.ts';
import type { PaneRead } from '../../shared/windows/shown.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import { countedIn, type Situation } from './decide.ts';
import { chunkPaths, newestOf } from './lanes.ts';

/** Sealed lanes answer late batches cheaply for so long; after that the final pane does. */
const SEALED_LANES_LAST_MS = 7 * 24 * 3600_000;
const NEVER: Due = { watermark: null, at: null, uploads: false };
const NOTHING_SHOWN = { count: 0, parts: 0 };
const NOTHING = new Uint8Array();

/** Writes a window's pane. @param lanes all of its slices' */
export function writePane(
  transaction: Transaction,
  { pipeline, window, shape, start }: WindowInstance,
  end: number,
  lanes: readonly Lane[],
  { path, shown }: PaneRead,
  pane: PaneInfo,
  content: Content,
  now: number,
): void {
  const { version, spec } = newestOf(lanes);
  const identity = { path, pipeline, window, shape, start, end, version, spec };
  const whole = { ...identity, ...pane, counted: countedIn(lanes), content, before: shown ?? NOTHING_SHOWN };
  for (const { path, fields } of paneDocuments(whole, now)) {
    if (fields) transaction.set(path, fields);
    else transaction.delete(path);
  }
}

/** What is to happen to a lane whose slice has been looked at. */
export interface LaneFate {
  /** Whether all that it holds has been taken in. */
  readonly taken: boolean;
  /** Its state is shown, and wanted no more: by a pane that discards, or by the last one. */
  readonly emptied: boolean;
  readonly sealed: boolean;
  /** The head's: when to look again. */
  readonly due: Due | undefined;
  /** Nothing but this lane says that its slice is sealed. */
  readonly kept?: boolean;
}

/** Writes what has changed about a lane, if anything has. */
export function writeLane(
  transaction: Transaction,
  lane: Lane,
  fate: LaneFate,
  { now, sources }: Situation,
): void {
  const changes: Fields = {};
  // What came between the tick's query and this transaction is for the next tick to take into the watermark.
  if (lane.dirty && fate.taken && covers(sources, lane.sources)) changes['dirty'] = false;
  if (fate.sealed && !lane.sealed) {
    changes['sealed'] = true;
    if (!(fate.kept && lane.lane === 0)) changes['expireAt'] = new Date(now + SEALED_LANES_LAST_MS);
  }
  if (fate.emptied && lane.state.length + lane.chunks.length > 0) {
    changes['state'] = NOTHING;
    changes['chunks'] = [];
    for (const path of chunkPaths(lane)) transaction.delete(path);
  }
  if (lane.lane === 0 && !sameDue(lane.due, fate.due)) Object.assign(changes, dueFields(fate.due ?? NEVER));
  if (Object.keys(changes).length > 0) transaction.update(lanePath(lane, lane.lane), changes);
}

function sameDue(a: Due = NEVER, b: Due = NEVER): boolean {
  return a.watermark === b.watermark && a.at === b.at && a.uploads === b.uploads;
}
