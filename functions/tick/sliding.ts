import type { Decision, Due, PaneInfo } from '../../shared/streams/decide.ts';
import { type Slice, sliceLength, slicesOf, type Windowing, windowsOf } from '../../shared/streams/slices.ts';
import { mergeState, type WindowState } from '../../shared/streams/state.ts';
import { type Content, contentOfState } from '../../shared/windows/content.ts';
import type { Lane, WindowInstance } from '../../shared/windows/lanes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { windowingOf } from '../../shared/windows/windowing.ts';
import { contentOf } from './content.ts';
import { decide, decideHeld, LOOK_AGAIN_MS, type Situation } from './decide.ts';
import {
  bytesOf,
  LARGEST_BYTES,
  newestOf,
  readChunks,
  readLanes,
  type SliceNotice,
  stateOf,
} from './lanes.ts';
import { writeLane, writePane } from './writes.ts';

/** Windows of one transaction, or slices: neighbours share most of what is read. */
const TOGETHER = 10;
const TOO_LARGE = 'too large';

/** A window with what a transaction read of it, and what is to be done about it. */
interface Case {
  readonly window: Slice;
  readonly slices: readonly Slice[];
  readonly lanes: readonly Lane[];
  readonly pane: PaneRead;
  readonly decision: Decision;
}

/**
 * Shows and closes sliding windows, each the merge of its slices. Whoever shows one reads all lanes of all its slices and its
 * pane in one transaction; the pane alone says what has been shown, since slices are shared. A slice is sealed in the
 * transaction that closes the last window that it is part of, and that waits for the ones before. Only when all windows of a
 * slice have been looked at is the slice taken in: whoever dies on the way leaves it to be looked at again.
 * @param notices of one shape of one window
 * @returns the panes that were written
 */
export async function closeSliding(
  run: RunTransaction,
  notices: readonly SliceNotice[],
  situation: Situation,
): Promise<PaneInfo[]> {
  const [{ pipeline, window, shape, spec }] = notices as [SliceNotice];
  const windowing = windowingOf(spec);
  const of = (start: number): WindowInstance => ({ pipeline, window, shape, start });
  const wanted = new Map<number, Slice>();
  for (const notice of notices) {
    for (const one of windowsOf(windowing, sliceAt(windowing, notice.start))) {
      if (isWanted(one, notice, situation)) wanted.set(one.start, one);
    }
  }
  const windows = [...wanted.values()].sort((a, b) => a.start - b.start);
  const shown: PaneInfo[] = [];
  const looks = new Map<number, number>();
  for (const some of inGroups(windows)) {
    for (const { window: one, decision } of await showTogether(run, some, windowing, of, situation)) {
      if (decision.pane) shown.push(decision.pane);
      if (decision.due?.at) looks.set(one.start, decision.due.at);
    }
  }
  for (const some of inGroups(inSlices(notices))) {
    await run(transaction => takeIn(transaction, some, windowing, situation, looks));
  }
  return shown;
}

/** A window that is surely not over has nothing to show yet, unless it is to be shown early. */
function isWanted(
  { end }: Slice,
  { spec, live }: SliceNotice,
  { watermark, uploadsOpen }: Situation,
): boolean {
  const over = watermark !== undefined && watermark >= end;
  return over || spec.early !== undefined || !(live || uploadsOpen);
}

/** Where together they are too much for a transaction, or for memory, each goes by itself. */
async function showTogether(
  run: RunTransaction,
  windows: readonly Slice[],
  windowing: Windowing,
  of: (start: number) => WindowInstance,
  situation: Situation,
): Promise<Case[]> {
  try {
    const cases = await run(transaction => show(transaction, windows, windowing, of, situation));
    if (cases !== TOO_LARGE) return cases;
  } catch (error) {
    if (windows.length === 1) throw error;
  }
  const cases: Case[] = [];
  for (const one of windows) cases.push(...(await showTogether(run, [one], windowing, of, situation)));
  return cases;
}

async function show(
  transaction: Transaction,
  windows: readonly Slice[],
  windowing: Windowing,
  of: (start: number) => WindowInstance,
  situation: Situation,
): Promise<Case[] | typeof TOO_LARGE> {
  const slicesByStart = new Map(
    windows.flatMap(window => slicesOf(windowing, window).map(slice => [slice.start, slice] as const)),
  );
  const starts = [...slicesByStart.keys()].sort((a, b) => a - b);
  const read = await readLanes(transaction, starts.map(of));
  if (windows.length > 1 && bytesOf(read.flat()) > LARGEST_BYTES) return TOO_LARGE;
  const lanesOf = new Map(starts.map((start, at) => [start, read[at]!]));
  const panes = await readShown(
    transaction,
    windows.map(({ start }) => of(start)),
  );
  const cases = windows.flatMap((window, at): Case[] => {
    const slices = slicesOf(windowing, window).filter(({ start }) => lanesOf.get(start)!.length > 0);
    const lanes = slices.flatMap(({ start }) => lanesOf.get(start)!);
    const pane = panes[at]!;
    if (lanes.length === 0 || pane.shown?.final) return [];
    return [{ window, slices, lanes, pane, decision: decide(window.end, lanes, pane.shown, situation) }];
  });
  const decided = await holdBack(transaction, cases, windowing, of, panes, windows, situation);
  const contents = await contentsOf(transaction, decided, lanesOf);
  for (const [at, { window, slices, lanes, pane, decision }] of decided.entries()) {
    if (!decision.pane) continue;
    const { start, end } = window;
    writePane(transaction, of(start), end, lanes, pane, decision.pane, contents[at]!, situation.now);
    if (!decision.pane.final) continue;
    const fate = { taken: false, emptied: true, sealed: true, due: undefined };
    for (const slice of lastIn(windowing, window, slices)) {
      for (const lane of lanesOf.get(slice.start)!) writeLane(transaction, lane, fate, situation);
    }
  }
  return decided;
}

/** What windows say: neighbours share slices, which are then read and taken up once; a very large window goes alone. */
async function contentsOf(
  transaction: Transaction,
  cases: readonly Case[],
  lanesOf: ReadonlyMap<number, readonly Lane[]>,
): Promise<(Content | undefined)[]> {
  const [only] = cases;
  if (cases.length === 1 && only!.decision.pane) {
    return [await contentOf(transaction, only!.window, only!.lanes)];
  }
  const shown = new Set(cases.flatMap(({ decision, lanes }) => (decision.pane ? lanes : [])));
  const chunks = await readChunks(transaction, [...shown]);
  const states = new Map<number, WindowState>();
  const stateAt = (start: number): WindowState => {
    const known = states.get(start) ?? stateOf(lanesOf.get(start)!, chunks);
    states.set(start, known);
    return known;
  };
  return cases.map(({ window, slices, lanes, decision }) => {
    if (!decision.pane) return undefined;
    const state: WindowState = new Map();
    for (const { start } of slices) mergeState(state, stateAt(start));
    return contentOfState(state, window, newestOf(lanes).spec);
  });
}

/**
 * A window that would close takes slices with it, so all others that they are part of have to be closed. They mostly are, or
 * close in the same transaction; else it waits.
 */
async function holdBack(
  transaction: Transaction,
  cases: readonly Case[],
  windowing: Windowing,
  of: (start: number) => WindowInstance,
  panes: readonly PaneRead[],
  windows: readonly Slice[],
  situation: Situation,
): Promise<Case[]> {
  const final = new Map(windows.map(({ start }, at) => [start, panes[at]!.shown?.final === true]));
  const others = ({ window, slices }: Case): number[] => {
    const sealed = lastIn(windowing, window, slices);
    const sharing = sealed.flatMap(slice => windowsOf(windowing, slice).map(({ start }) => start));
    return [...new Set(sharing)].filter(start => start !== window.start);
  };
  const closing = cases.filter(({ decision }) => decision.pane?.final);
  const unknown = [...new Set(closing.flatMap(others))].filter(start => !final.has(start));
  const read = await readShown(transaction, unknown.map(of));
  for (const [at, start] of unknown.entries()) final.set(start, read[at]!.shown?.final === true);
  return cases.map(one => {
    if (!one.decision.pane?.final) return one;
    if (others(one).every(start => final.get(start))) {
      final.set(one.window.start, true);
      return one;
    }
    const { window, lanes, pane } = one;
    return { ...one, decision: decideHeld(window.end, lanes, pane.shown, situation) };
  });
}

/** The slices whose last window this is. */
function lastIn(windowing: Windowing, window: Slice, slices: readonly Slice[]): Slice[] {
  return slices.filter(slice => windowsOf(windowing, slice).at(-1)!.start === window.start);
}

/** Takes slices in, all of whose windows have been looked at: what has changed since leaves them to the next tick. */
async function takeIn(
  transaction: Transaction,
  slices: readonly (readonly SliceNotice[])[],
  windowing: Windowing,
  situation: Situation,
  looks: ReadonlyMap<number, number>,
): Promise<void> {
  const all = await readLanes(
    transaction,
    slices.map(([notice]) => notice!),
  );
  for (const [at, notices] of slices.entries()) {
    const lanes = all[at]!;
    const [head] = lanes;
    if (head?.lane !== 0) continue;
    const due = head.sealed ? undefined : dueOf(windowing, lanes, situation, looks);
    for (const lane of lanes) {
      const seen = notices.find(notice => notice.lane === lane.lane);
      const taken = lane.sealed || seen?.commits === lane.commits;
      writeLane(transaction, lane, { taken, emptied: false, sealed: false, due }, situation);
    }
  }
}

/** When one of a slice's windows ends or closes next, or may be shown early. */
function dueOf(
  windowing: Windowing,
  lanes: readonly Lane[],
  { watermark = Number.NEGATIVE_INFINITY, uploadsOpen, now }: Situation,
  looks: ReadonlyMap<number, number>,
): Due {
  const live = lanes.some(lane => lane.live);
  const uploads = uploadsOpen && lanes.some(lane => lane.uploaded);
  const most = (of: (lane: Lane) => number): number => Math.max(...lanes.map(of));
  const windows = windowsOf(windowing, sliceAt(windowing, lanes[0]!.start));
  const lateness = most(lane => lane.lateness);
  const moments = windows.flatMap(({ end }) => [end, end + lateness]).filter(moment => moment > watermark);
  const next = live && moments.length > 0 ? Math.min(...moments) : null;
  const expires = most(lane => lane.changedAt) + most(lane => lane.retention);
  // What other slices of its windows wait for, nothing here tells.
  const waits =
    next === null && !uploads ? (expires > now && !live ? expires : now + LOOK_AGAIN_MS) : undefined;
  const early = windows.flatMap(({ start }) => looks.get(start) ?? []);
  const at = Math.min(...early, waits ?? Number.POSITIVE_INFINITY);
  return { watermark: next, at: Number.isFinite(at) ? at : null, uploads };
}

function sliceAt(windowing: Windowing, start: number): Slice {
  return { start, end: start + sliceLength(windowing) };
}

function inSlices(notices: readonly SliceNotice[]): SliceNotice[][] {
  const slices = new Map<number, SliceNotice[]>();
  for (const notice of notices) slices.set(notice.start, [...(slices.get(notice.start) ?? []), notice]);
  return [...slices.values()];
}

function inGroups<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / TOGETHER);
  return Array.from({ length: count }, (_, at) => items.slice(at * TOGETHER, (at + 1) * TOGETHER));
}
