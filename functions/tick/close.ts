import type { Decision, PaneInfo } from '../../shared/streams/decide.ts';
import type { Content } from '../../shared/windows/content.ts';
import type { Lane } from '../../shared/windows/lanes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { contentOf } from './content.ts';
import { decide, type Situation } from './decide.ts';
import { bytesOf, LARGEST_BYTES, newestOf, readLanes, type SliceNotice } from './lanes.ts';
import { writeLane, writePane } from './writes.ts';

/** A window with what a transaction read of it, and what is to be done about it. */
interface Case {
  readonly lanes: readonly Lane[];
  readonly pane: PaneRead;
  readonly situation: Situation;
  readonly decision: Decision;
}

const NOTHING_LEFT: Decision = { pane: undefined, due: undefined };

/** What has come of some windows. */
export interface Closed {
  readonly panes: readonly PaneInfo[];
  /** How many of the windows, from the first on, have been seen to; the others are too large to go with them. */
  readonly taken: number;
}

/**
 * Shows and closes windows of one slice each, tumbling or global, as far as their situations ask for it. All lanes are read
 * in the transaction that writes the panes, so an event counted meanwhile makes it start over; the final pane seals them. Two
 * ticks at once do no harm: the second finds nothing new. Of windows with very many keys only the first ones are seen to, so
 * that memory is bounded.
 */
export function closeWindows(
  run: RunTransaction,
  windows: readonly SliceNotice[],
  situationOf: (pipeline: string) => Situation,
): Promise<Closed> {
  return run(async transaction => {
    const all = await readLanes(transaction, windows);
    const taken = howMany(all);
    const read = all.slice(0, taken);
    const panes = await readShown(transaction, windows.slice(0, taken));
    const cases = read.flatMap((lanes, at): Case[] => {
      const head = lanes[0];
      if (head?.lane !== 0) return [];
      const pane = panes[at]!;
      const situation = situationOf(head.pipeline);
      const decision = head.sealed ? NOTHING_LEFT : decide(head.end, lanes, pane.shown, situation);
      return [{ lanes, pane, situation, decision }];
    });
    const contents = new Map<Case, Content>();
    for (const one of cases) {
      const { start, end } = one.lanes[0]!;
      if (one.decision.pane) contents.set(one, await contentOf(transaction, { start, end }, one.lanes));
    }
    for (const one of cases) write(transaction, one, contents.get(one));
    return { panes: cases.flatMap(({ decision }) => decision.pane ?? []), taken };
  });
}

/** How many windows go into one transaction by the size of their state: one at least. */
function howMany(windows: readonly (readonly Lane[])[]): number {
  let bytes = 0;
  const beyond = windows.findIndex(lanes => {
    bytes += bytesOf(lanes);
    return bytes > LARGEST_BYTES;
  });
  return beyond < 0 ? windows.length : Math.max(1, beyond);
}

function write(
  transaction: Transaction,
  { lanes, pane: read, situation, decision }: Case,
  content: Content | undefined,
): void {
  const { pane, due } = decision;
  const [head] = lanes;
  if (pane && content) {
    writePane(transaction, head!, head!.end, lanes, read, pane, content, situation.now);
  }
  const sealed = pane?.final === true;
  const emptied = sealed || (pane !== undefined && newestOf(lanes).spec.panes === 'discarding');
  for (const lane of lanes) writeLane(transaction, lane, { taken: true, emptied, sealed, due }, situation);
}
