import { windowShowing } from '../../shared/pipelines/plan.ts';
import type { Decision, Due } from '../../shared/streams/decide.ts';
import { covers } from '../../shared/streams/watermark.ts';
import { dueFields, type Lane, lanePath } from '../../shared/windows/lanes.ts';
import { paneDocuments } from '../../shared/windows/panes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { countedIn, decide, type Situation } from './decide.ts';
import {
  type Chunks,
  chunkPaths,
  newestOf,
  readChunks,
  readLanes,
  type SliceNotice,
  stateOf,
} from './lanes.ts';

/** Sealed lanes answer late batches cheaply for so long; after that the final pane does. */
const SEALED_LANES_LAST_MS = 7 * 24 * 3600_000;

/** A window with what a transaction read of it, and what is to be done about it. */
interface Case {
  readonly lanes: readonly Lane[];
  readonly pane: PaneRead;
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
  windows: readonly SliceNotice[],
  situationOf: (pipeline: string) => Situation,
): Promise<Decision['pane'][]> {
  return run(async transaction => {
    const read = await readLanes(transaction, windows);
    const panes = await readShown(transaction, windows);
    const cases = read.map((lanes, at): Case | undefined => {
      const head = lanes[0];
      if (head?.lane !== 0) return undefined;
      const pane = panes[at]!;
      const situation = situationOf(head.pipeline);
      const decision = head.sealed ? NOTHING_LEFT : decide(head.end, lanes, pane.shown, situation);
      return { lanes, pane, situation, decision };
    });
    const chunks = await readChunks(
      transaction,
      cases.flatMap(one => (one?.decision.pane ? one.lanes : [])),
    );
    for (const one of cases) if (one) write(transaction, one, chunks);
    return cases.map(one => one?.decision.pane);
  });
}

function write(
  transaction: Transaction,
  { lanes, pane: { path }, situation, decision }: Case,
  chunks: Chunks,
): void {
  const { pane } = decision;
  if (pane) {
    const { pipeline, window, shape, start, end, version, spec } = newestOf(lanes);
    const identity = { path, pipeline, window, shape, start, end, version, showing: windowShowing(spec) };
    const shown = { ...identity, ...pane, counted: countedIn(lanes), state: stateOf(lanes, chunks) };
    for (const { path, fields } of paneDocuments(shown, situation.now)) transaction.set(path, fields);
  }
  for (const lane of lanes) {
    const changes = laneChanges(lane, decision, situation);
    if (Object.keys(changes).length > 0) transaction.update(lanePath(lane, lane.lane), changes);
    if (pane?.final) for (const path of chunkPaths(lane)) transaction.delete(path);
  }
}

function laneChanges(lane: Lane, { pane, due }: Decision, { now, sources }: Situation): Fields {
  const changes: Fields = {};
  // What came between the tick's query and this transaction is for the next tick to take into the watermark.
  if (lane.dirty && covers(sources, lane.sources)) changes['dirty'] = false;
  if (pane?.final) {
    changes['sealed'] = true;
    changes['expireAt'] = new Date(now + SEALED_LANES_LAST_MS);
    // The final pane has it all.
    changes['state'] = new Uint8Array();
    changes['chunks'] = [];
  }
  if (lane.lane === 0 && !sameDue(lane.due, due)) Object.assign(changes, dueFields(due ?? NEVER));
  return changes;
}

const NOTHING_LEFT: Decision = { pane: undefined, due: undefined };
const NEVER: Due = { watermark: null, at: null, uploads: false };

function sameDue(a: Due = NEVER, b: Due = NEVER): boolean {
  return a.watermark === b.watermark && a.at === b.at && a.uploads === b.uploads;
}
