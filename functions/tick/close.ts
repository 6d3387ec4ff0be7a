import type { Decision, PaneInfo } from '../../shared/streams/decide.ts';
import type { Lane } from '../../shared/windows/lanes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { decide, type Situation } from './decide.ts';
import { type Chunks, newestOf, readChunks, readLanes, type SliceNotice, stateOf } from './lanes.ts';
import { writeLane, writePane } from './writes.ts';

/** A window with what a transaction read of it, and what is to be done about it. */
interface Case {
  readonly lanes: readonly Lane[];
  readonly pane: PaneRead;
  readonly situation: Situation;
  readonly decision: Decision;
}

const NOTHING_LEFT: Decision = { pane: undefined, due: undefined };

/**
 * Shows and closes windows of one slice each, tumbling or global, as far as their situations ask for it. All lanes are read
 * in the transaction that writes the panes, so an event counted meanwhile makes it start over; the final pane seals them. Two
 * ticks at once do no harm: the second finds nothing new.
 * @returns the panes that were written
 */
export function closeWindows(
  run: RunTransaction,
  windows: readonly SliceNotice[],
  situationOf: (pipeline: string) => Situation,
): Promise<PaneInfo[]> {
  return run(async transaction => {
    const read = await readLanes(transaction, windows);
    const panes = await readShown(transaction, windows);
    const cases = read.flatMap((lanes, at): Case[] => {
      const head = lanes[0];
      if (head?.lane !== 0) return [];
      const pane = panes[at]!;
      const situation = situationOf(head.pipeline);
      const decision = head.sealed ? NOTHING_LEFT : decide(head.end, lanes, pane.shown, situation);
      return [{ lanes, pane, situation, decision }];
    });
    const chunks = await readChunks(
      transaction,
      cases.flatMap(({ decision, lanes }) => (decision.pane ? lanes : [])),
    );
    for (const one of cases) write(transaction, one, chunks);
    return cases.flatMap(({ decision }) => decision.pane ?? []);
  });
}

function write(
  transaction: Transaction,
  { lanes, pane: read, situation, decision }: Case,
  chunks: Chunks,
): void {
  const { pane, due } = decision;
  const [head] = lanes;
  if (pane) {
    writePane(transaction, head!, head!.end, lanes, read, pane, stateOf(lanes, chunks), situation.now);
  }
  const sealed = pane?.final === true;
  const emptied = sealed || (pane !== undefined && newestOf(lanes).spec.panes === 'discarding');
  for (const lane of lanes) writeLane(transaction, lane, { taken: true, emptied, sealed, due }, situation);
}
