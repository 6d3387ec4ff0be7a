import type { Decision, PaneInfo } from '../../shared/streams/decide.ts';
import { splitSessions } from '../../shared/streams/sessions.ts';
import { contentOfState } from '../../shared/windows/content.ts';
import { CARRY, type Lane, type WindowInstance } from '../../shared/windows/lanes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { carryChanges } from './carry.ts';
import { decide, decideHeld, type Situation } from './decide.ts';
import { newestOf, numbers, readChunks, readNamed, type SliceNotice, stateOf } from './lanes.ts';
import { writeLane, writePane } from './writes.ts';

/** What has become of a slice. */
interface Outcome {
  readonly pane: PaneInfo | undefined;
  /** The slice beside it that is to be looked at on its account: first where it was still to bring something. */
  readonly beside: 'before' | 'after' | undefined;
}

/**
 * Shows and closes slices of sessions. What ends in a slice is its pane; what goes on is carried into the next slice in the
 * same transaction, in place of what was carried there before. So a chain of slices settles by itself, also where late events
 * join sessions that had been shown apart: then the panes of both slices change. A slice closes after the one before it.
 * @param notices of one shape of one window
 * @param isLate asked between slices: whether to leave the rest to the next tick
 * @returns the panes that were written, and whether all has been seen to
 */
export async function closeSessions(
  run: RunTransaction,
  notices: readonly SliceNotice[],
  situation: Situation,
  isLate: () => boolean,
): Promise<{ panes: PaneInfo[]; whole: boolean }> {
  const [{ pipeline, window, shape, spec }] = notices as [SliceNotice];
  const gap = spec.size * 1000;
  const starts = [...new Set(notices.map(({ start }) => start))].sort((a, b) => a - b);
  const panes: PaneInfo[] = [];
  const waited = new Set<number>();
  for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
    const slice = { pipeline, window, shape, start };
    const patient = !waited.has(slice.start);
    const { pane, beside } = await run(transaction =>
      closeSlice(transaction, slice, gap, situation, patient),
    );
    if (pane) panes.push(pane);
    if (beside === 'before') {
      waited.add(start);
      starts.unshift(start - gap, start);
    }
    if (beside === 'after' && starts[0] !== start + gap) starts.unshift(start + gap);
    if (starts.length > 0 && isLate()) return { panes, whole: false };
  }
  return { panes, whole: true };
}

async function closeSlice(
  transaction: Transaction,
  slice: WindowInstance,
  gap: number,
  situation: Situation,
  patient: boolean,
): Promise<Outcome> {
  const end = slice.start + gap;
  const next = { ...slice, start: end };
  const before = { ...slice, start: slice.start - gap };
  const [[previous], [head, ...carriedIn], after] = (await readNamed(transaction, [
    { slice: before, names: [0] },
    { slice, names: [0, CARRY] },
    { slice: next, names: [0, CARRY] },
  ])) as [Lane[], Lane[], Lane[]];
  if (head?.lane !== 0) return { pane: undefined, beside: undefined };
  if (patient && isDue(previous, situation)) return { pane: undefined, beside: 'before' };
  const [more] = await readNamed(transaction, [{ slice, names: numbers(1, head.lanes) }]);
  const own = [head, ...more!];
  const lanes = [...own, ...carriedIn];
  const [pane] = await readShown(transaction, [slice]);
  const decision = decisionOf(end, lanes, pane!, previous, situation);
  const { pane: showing, due } = decision;
  const sealed = showing?.final === true;
  const seen = (kept: boolean): void => {
    const fate = { taken: true, emptied: sealed, sealed, due, kept };
    for (const lane of lanes) writeLane(transaction, lane, fate, situation);
  };
  if (!showing) {
    seen(false);
    return { pane: undefined, beside: undefined };
  }
  const chunks = await readChunks(transaction, lanes);
  const { ended, carried } = splitSessions(stateOf(carriedIn, chunks), stateOf(own, chunks), end, gap);
  const isNew = after.length === 0 && carried.size > 0;
  const last = isNew && (await isClosed(transaction, { ...slice, start: end + gap }));
  // Where no session ever ended there is nothing to show; then the head alone will say that the slice is closed.
  const shown = pane!.shown !== undefined || ended.size > 0;
  const content = contentOfState(ended, { start: slice.start, end }, newestOf(lanes).spec);
  if (shown) writePane(transaction, slice, end, lanes, pane!, showing, content, situation.now);
  const changes = carryChanges(
    lanes,
    carried,
    { slice: next, end: end + gap, lanes: after, last },
    situation.now,
  );
  for (const { path, fields } of changes) {
    if (fields) transaction.set(path, fields);
    else transaction.delete(path);
  }
  seen(!shown);
  const goesOn = changes.length > 0 || (sealed && after.length > 0);
  return { pane: shown ? showing : undefined, beside: goesOn ? 'after' : undefined };
}

/** Its head says so, or once that has gone its pane. */
async function isClosed(transaction: Transaction, slice: WindowInstance): Promise<boolean> {
  const [[head]] = (await readNamed(transaction, [{ slice, names: [0] }])) as [Lane[]];
  if (head) return head.sealed;
  const [pane] = await readShown(transaction, [slice]);
  return pane!.shown?.final === true;
}

/** Then it has not carried yet what this moment lets it carry. */
function isDue(head: Lane | undefined, { watermark, uploadsOpen }: Situation): boolean {
  if (!head || head.sealed) return false;
  // Nobody has looked at it yet.
  if (!head.due) return true;
  const { watermark: mark, uploads } = head.due;
  return (uploads && !uploadsOpen) || (mark !== null && watermark !== undefined && watermark >= mark);
}

function decisionOf(
  end: number,
  lanes: readonly Lane[],
  { shown }: PaneRead,
  before: Lane | undefined,
  situation: Situation,
): Decision {
  if (lanes[0]!.sealed) return { pane: undefined, due: undefined };
  const decision = decide(end, lanes, shown, situation);
  const held = decision.pane?.final && before && !before.sealed;
  return held ? decideHeld(end, lanes, shown, situation) : decision;
}
