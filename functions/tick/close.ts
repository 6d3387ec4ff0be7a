import type { Decision, Due } from '../../shared/streams/decide.ts';
import { decodeState, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { covers } from '../../shared/streams/watermark.ts';
import {
  chunkPath,
  dueFields,
  type Lane,
  laneOf,
  lanePath,
  type WindowInstance,
} from '../../shared/windows/lanes.ts';
import { paneDocuments } from '../../shared/windows/panes.ts';
import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { decide, type Situation } from './decide.ts';

/** A window to look at, with the number of its lanes. */
export interface WindowNotice extends WindowInstance {
  readonly lanes: number;
}

/** Sealed lanes answer late batches cheaply for so long; after that the final pane does. */
const SEALED_LANES_LAST_MS = 7 * 24 * 3600_000;

/** A window with what a transaction read of it, and what is to be done about it. */
interface Case {
  readonly lanes: readonly Lane[];
  readonly situation: Situation;
  readonly decision: Decision;
}

/**
 * Shows and closes windows as far as their situations ask for it. All lanes are read in the transaction that writes the
 * panes, so an event counted meanwhile makes it start over; the final pane seals them. Two ticks at once do no harm: the
 * second finds nothing new.
 * @returns the pane that was written, if any, for each window
 */
export function closeWindows(
  run: RunTransaction,
  windows: readonly WindowNotice[],
  situationOf: (pipeline: string) => Situation,
): Promise<Decision['pane'][]> {
  return run(async transaction => {
    const cases = (await readLanes(transaction, windows)).map((lanes, at): Case | undefined => {
      const head = lanes[0];
      if (head?.lane !== 0) return undefined;
      const situation = situationOf(windows[at]!.pipeline);
      return { lanes, situation, decision: head.sealed ? NOTHING_LEFT : decide(lanes, situation) };
    });
    const chunks = await readChunks(transaction, cases);
    for (const one of cases) if (one) write(transaction, one, chunks);
    return cases.map(one => one?.decision.pane);
  });
}

function write(transaction: Transaction, { lanes, situation, decision }: Case, chunks: Chunks): void {
  const { pane } = decision;
  if (pane) {
    const { pipeline, window, start, end, version } = lanes[0]!;
    const shown = { pipeline, window, start, end, version, ...pane, state: stateOf(lanes, chunks) };
    for (const { path, fields } of paneDocuments(shown, situation.now)) transaction.set(path, fields);
  }
  for (const lane of lanes) {
    const changes = laneChanges(lane, decision, situation);
    if (Object.keys(changes).length > 0) transaction.update(lanePath(lane, lane.lane), changes);
    if (pane?.final) for (const path of chunkPaths(lane)) transaction.delete(path);
  }
}

async function readLanes(transaction: Transaction, windows: readonly WindowNotice[]): Promise<Lane[][]> {
  const paths = windows.map(window =>
    Array.from({ length: window.lanes }, (_, lane) => lanePath(window, lane)),
  );
  const documents = await transaction.read(paths.flat());
  let next = 0;
  return paths.map(own => {
    const found = documents.slice(next, next + own.length);
    next += own.length;
    return found.filter(fields => fields !== undefined).map(laneOf);
  });
}

/** State of the lanes that lie in chunks, by path. */
type Chunks = ReadonlyMap<string, Uint8Array>;

async function readChunks(transaction: Transaction, cases: readonly (Case | undefined)[]): Promise<Chunks> {
  const paths = cases.flatMap(one => (one?.decision.pane ? one.lanes.flatMap(chunkPaths) : []));
  if (paths.length === 0) return new Map();
  const documents = await transaction.read(paths);
  return new Map(
    paths.flatMap((path, at) => (documents[at] ? [[path, documents[at]['state'] as Uint8Array]] : [])),
  );
}

function stateOf(lanes: readonly Lane[], chunks: Chunks): WindowState {
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
