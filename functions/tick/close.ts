import {
  chunkPath,
  type Due,
  dueFields,
  type Lane,
  laneOf,
  lanePath,
  type WindowInstance,
} from '../../shared/windows/lanes.ts';
import { paneDocuments } from '../../shared/windows/panes.ts';
import { decodeState, mergeState, type WindowState } from '../../shared/windows/state.ts';
import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { covers } from '../../shared/windows/watermark.ts';
import { type Decision, decide, type Situation } from './decide.ts';

/** A window to look at, with the number of its lanes. */
export interface WindowNotice extends WindowInstance {
  readonly lanes: number;
}

/** Sealed lanes answer late batches cheaply for so long; after that the final pane does. */
const SEALED_LANES_LAST_MS = 7 * 24 * 3600_000;

/**
 * Shows and closes a window as far as the situation asks for it. All its lanes are read in the transaction that writes the
 * pane, so an event counted meanwhile makes it start over; the final pane seals them. Two ticks at once do no harm: the
 * second finds nothing new.
 * @returns the pane that was written, if any
 */
export function closeWindow(
  run: RunTransaction,
  window: WindowNotice,
  situation: Situation,
): Promise<Decision['pane']> {
  return run(async transaction => {
    const lanes = await readLanes(transaction, window);
    const head = lanes[0];
    if (head?.lane !== 0) return undefined;
    const decision = head.sealed ? NOTHING_LEFT : decide(lanes, situation);
    const { pane } = decision;
    if (pane) {
      const state = await readState(transaction, lanes);
      const { pipeline, start, end, version } = head;
      const shown = { pipeline, window: head.window, start, end, version, ...pane, state };
      for (const { path, fields } of paneDocuments(shown, situation.now)) transaction.set(path, fields);
    }
    for (const lane of lanes) {
      const changes = laneChanges(lane, decision, situation);
      if (Object.keys(changes).length > 0) transaction.update(lanePath(lane, lane.lane), changes);
      if (pane?.final) for (const path of chunkPaths(lane)) transaction.delete(path);
    }
    return pane;
  });
}

async function readLanes(transaction: Transaction, window: WindowNotice): Promise<Lane[]> {
  const paths = Array.from({ length: window.lanes }, (_, lane) => lanePath(window, lane));
  const documents = await transaction.read(paths);
  return documents.filter(fields => fields !== undefined).map(laneOf);
}

async function readState(transaction: Transaction, lanes: readonly Lane[]): Promise<WindowState> {
  const state: WindowState = new Map();
  for (const lane of lanes) mergeState(state, decodeState(lane.state));
  const paths = lanes.flatMap(chunkPaths);
  const chunks = paths.length > 0 ? await transaction.read(paths) : [];
  for (const chunk of chunks) {
    if (chunk) mergeState(state, decodeState(chunk['state'] as Uint8Array));
  }
  return state;
}

function chunkPaths(lane: Lane): string[] {
  return lane.chunks.map(chunk => chunkPath(lanePath(lane, lane.lane), chunk));
}

function laneChanges(lane: Lane, { pane, due }: Decision, { now, sources }: Situation): Fields {
  const changes: Fields = {};
  if (pane && lane.news) changes['news'] = false;
  // What came between the tick's query and this transaction is for the next tick to take into the watermark.
  if (lane.dirty && covers(sources, lane.sources)) changes['dirty'] = false;
  if (pane?.final) {
    changes['sealed'] = true;
    changes['expireAt'] = new Date(now + SEALED_LANES_LAST_MS);
    // The final pane has it all.
    changes['state'] = new Uint8Array();
    changes['chunks'] = [];
  }
  if (lane.lane !== 0) return changes;
  if (pane) changes['shown'] = { index: pane.index, timing: pane.timing };
  if (!sameDue(lane.due, due)) Object.assign(changes, dueFields(due ?? NEVER));
  return changes;
}

const NOTHING_LEFT: Decision = { pane: undefined, due: undefined };
const NEVER: Due = { watermark: null, at: null, uploads: false };

function sameDue(a: Due = NEVER, b: Due = NEVER): boolean {
  return a.watermark === b.watermark && a.at === b.at && a.uploads === b.uploads;
}
