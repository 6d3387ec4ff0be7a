import { decide, type Moment, type PaneInfo, type WindowFacts } from '../decide.ts';
import { splitSessions } from '../sessions.ts';
import type { Slice, Windowing } from '../slices.ts';
import { mergeState, sameState, type WindowState } from '../state.ts';
import type { StreamPane, StreamWindow } from './spec.ts';
import { close, newSlice, type OpenSlice, type OpenWindow, schedule, type Table, touch } from './table.ts';

/** What there is to see at the moment: whatever is new, whatever is due. */
export function lookAtAll<Event>(
  table: Table,
  spec: StreamWindow<Event>,
  moment: Moment,
  panes: StreamPane[],
): void {
  const windows = new Set(table.fresh);
  for (const window of dueWindows(table, moment)) windows.add(window);
  lookAt(table, spec, windows, moment, panes);
}

/** Those that hold as many new events as an early pane waits for. */
export function lookAtFull<Event>(
  table: Table,
  spec: StreamWindow<Event>,
  moment: Moment,
  panes: StreamPane[],
): void {
  const { early: { count } = {} } = spec;
  if (count === undefined) return;
  const full = [...table.fresh].filter(window => unshownOf(window) >= count);
  lookAt(table, spec, full, moment, panes);
}

/**
 * Shows and closes windows as far as the moment asks for it, the earliest first.
 * @param panes where the panes go
 */
function lookAt<Event>(
  table: Table,
  spec: StreamWindow<Event>,
  windows: Iterable<OpenWindow>,
  moment: Moment,
  panes: StreamPane[],
): void {
  const queue = [...windows].sort((a, b) => a.start - b.start);
  let common: Common | undefined;
  for (let at = 0; at < queue.length; at++) {
    const window = queue[at]!;
    const { pane, due } = decide(factsOf(table, spec, window), moment);
    schedule(table, window, due);
    if (!pane) continue;
    let groups: WindowState;
    if (spec.windowing.kind === 'session') {
      groups = sessionsOf(table, spec.windowing.gap, window, pane, moment.now);
    } else if (spec.windowing.kind === 'sliding') {
      const ready = common?.of === window ? common : undefined;
      common = ready ? undefined : commonOf(window, queue[at + 1]);
      groups = mergedSlices(window, ready ?? common, ready === undefined);
    } else groups = groupsOf(spec, window, pane);
    // A slice in which no session ever ended has nothing to show.
    if (window.shown || groups.size > 0 || spec.windowing.kind !== 'session') {
      panes.push({ window: spec.name, start: window.start, end: window.end, ...pane, groups });
      window.shown = { index: pane.index, timing: pane.timing };
    }
    window.shownRevision = revisionOf(window);
    table.fresh.delete(window);
    if (pane.final) close(table, window);
    // What goes on in the next slice changes it, and what is closed no longer keeps it open.
    const next = nextOf(table, spec.windowing, window);
    if (next && queue[at + 1] !== next) queue.splice(at + 1, 0, next);
  }
}

/** The window that may wait for one to be shown, or to close. */
function nextOf(table: Table, windowing: Windowing, { start, end }: Slice): OpenWindow | undefined {
  if (windowing.kind === 'session') return table.windows.get(end);
  if (windowing.kind !== 'sliding') return undefined;
  for (let next = start + windowing.slide; next < end; next += windowing.slide) {
    const window = table.windows.get(next);
    if (window) return window;
  }
  return undefined;
}

/** Windows that share slices close in their order, as slices of sessions do. */
function isHeld(table: Table, windowing: Windowing, { start }: Slice): boolean {
  if (windowing.kind === 'session') return table.slices.has(start - windowing.gap);
  if (windowing.kind !== 'sliding') return false;
  const { size, slide } = windowing;
  for (let before = start - slide; before + size > start; before -= slide) {
    if (table.windows.has(before)) return true;
  }
  return false;
}

function* dueWindows(table: Table, { watermark, now, uploadsOpen }: Moment): Generator<OpenWindow> {
  const reached = watermark ?? Number.NEGATIVE_INFINITY;
  if (reached < table.dueWatermark && now < table.dueAt && !(table.dueUploads && !uploadsOpen)) return;
  const windows = [...table.windows.values()];
  table.dueWatermark = Number.POSITIVE_INFINITY;
  table.dueAt = Number.POSITIVE_INFINITY;
  table.dueUploads = false;
  for (const window of windows) {
    const { due } = window;
    if (!due) continue;
    schedule(table, window, due);
    const { watermark: mark, at, uploads } = due;
    if ((mark !== null && reached >= mark) || (at !== null && now >= at) || (uploads && !uploadsOpen)) {
      yield window;
    }
  }
}

function factsOf<Event>(table: Table, spec: StreamWindow<Event>, window: OpenWindow): WindowFacts {
  const { end, slices, shown } = window;
  const events = unshownOf(window);
  const { windowing, lateness, retention, early } = spec;
  return {
    end,
    lateness,
    retention,
    live: slices.some(slice => slice.live),
    uploaded: slices.some(slice => slice.uploaded),
    changedAt: Math.max(...slices.map(slice => slice.changedAt)),
    unshown: events > 0 ? { events, since: window.since } : undefined,
    shown,
    early,
    held: isHeld(table, windowing, window),
  };
}

function unshownOf(window: OpenWindow): number {
  return revisionOf(window) - window.shownRevision;
}

function revisionOf({ slices }: OpenWindow): number {
  return slices.reduce((sum, { revision }) => sum + revision, 0);
}

/** What two windows share that are looked at one after the other: merged once for both. */
interface Common {
  /** The later one. */
  readonly of: OpenWindow;
  readonly slices: ReadonlySet<OpenSlice>;
  readonly state: WindowState;
}

function commonOf(window: OpenWindow, next: OpenWindow | undefined): Common | undefined {
  const slices = new Set(next && window.slices.filter(slice => slice.windows.includes(next)));
  if (!next || slices.size < 2) return undefined;
  const state: WindowState = new Map();
  for (const slice of slices) mergeState(state, slice.state);
  return { of: next, slices, state };
}

/** @param common of its slices, if anything; `kept` as it is for another window */
function mergedSlices({ slices }: OpenWindow, common: Common | undefined, kept: boolean): WindowState {
  const groups: WindowState = common && !kept ? common.state : new Map();
  if (common && kept) mergeState(groups, common.state);
  for (const slice of slices) if (!common?.slices.has(slice)) mergeState(groups, slice.state);
  return groups;
}

/** What a pane of one slice shows, which later events must not change any more. */
function groupsOf<Event>(
  { panes }: StreamWindow<Event>,
  { slices }: OpenWindow,
  { final }: PaneInfo,
): WindowState {
  const slice = slices[0]!;
  const groups = slice.state;
  if (final || panes === 'discarding') {
    slice.state = new Map();
    return groups;
  }
  const copy: WindowState = new Map();
  mergeState(copy, groups);
  return copy;
}

/** What ends in a slice; what goes on is carried into the next one, once the slice is complete. */
function sessionsOf(
  table: Table,
  gap: number,
  { slices, end }: OpenWindow,
  { timing }: PaneInfo,
  now: number,
): WindowState {
  const slice = slices[0]!;
  const { ended, carried } = splitSessions(slice.carried, slice.state, end, gap);
  if (timing !== 'early') carry(table, gap, slice, carried, now);
  return ended;
}

function carry(table: Table, gap: number, from: OpenSlice, state: WindowState, now: number): void {
  const known = table.slices.get(from.end);
  if (!known && state.size === 0) return;
  const after = { start: from.end, end: from.end + gap };
  const next = known ?? newSlice(table, after, [after]);
  if (sameState(next.carried, state)) return;
  next.carried = state;
  next.revision++;
  touch(table, next, from.live, from.uploaded, now);
}
