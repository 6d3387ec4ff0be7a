import type { Due, Shown } from '../decide.ts';
import { type Slice, sliceOf, type Windowing, windowsOf } from '../slices.ts';
import type { WindowState } from '../state.ts';

const NOTHING: WindowState = new Map();

/** The slices and windows of one kind that are open. */
export interface Table {
  readonly slices: Map<number, OpenSlice>;
  readonly windows: Map<number, OpenWindow>;
  /** Starts of the windows that are closed: some 40 bytes each, for good. */
  readonly closed: Set<number>;
  /** Windows with something that no pane shows. */
  readonly fresh: Set<OpenWindow>;
  /** The earliest that any window waits for; they may be too early. */
  dueWatermark: number;
  dueAt: number;
  dueUploads: boolean;
}

export interface OpenSlice extends Slice {
  state: WindowState;
  /** Sessions that go on from the slice before. */
  carried: WindowState;
  /** Grows with whatever changes the slice, an event by one. */
  revision: number;
  live: boolean;
  uploaded: boolean;
  /** By the clock, ms. */
  changedAt: number;
  /** Those that are not closed; without any the slice goes. */
  windows: OpenWindow[];
}

export interface OpenWindow extends Slice {
  readonly slices: OpenSlice[];
  /** Sum of the slices' revisions at the last pane. */
  shownRevision: number;
  /** When the first event came that no pane shows, ms by the clock. */
  since: number;
  shown: Shown | undefined;
  due: Due | undefined;
}

export function emptyTable(): Table {
  return {
    slices: new Map(),
    windows: new Map(),
    closed: new Set(),
    fresh: new Set(),
    dueWatermark: Number.POSITIVE_INFINITY,
    dueAt: Number.POSITIVE_INFINITY,
    dueUploads: false,
  };
}

/**
 * The slice of a moment, opened where that is possible.
 * @returns undefined where all of its windows are closed; of sessions also where the next slice is, since nothing more can be
 * carried into that
 */
export function openSlice(table: Table, windowing: Windowing, time: number): OpenSlice | undefined {
  const slice = sliceOf(windowing, time);
  if (windowing.kind === 'session' && table.closed.has(slice.end)) return undefined;
  const known = table.slices.get(slice.start);
  if (known) return known;
  const windows = windowsOf(windowing, slice).filter(window => !table.closed.has(window.start));
  return windows.length > 0 ? newSlice(table, slice, windows) : undefined;
}

/** @param windows that the slice is part of, those that are not closed */
export function newSlice(table: Table, { start, end }: Slice, windows: readonly Slice[]): OpenSlice {
  const slice: OpenSlice = {
    start,
    end,
    state: new Map(),
    carried: NOTHING,
    revision: 0,
    live: false,
    uploaded: false,
    changedAt: Number.NEGATIVE_INFINITY,
    windows: [],
  };
  table.slices.set(start, slice);
  slice.windows = windows.map(window => {
    const open = table.windows.get(window.start) ?? openWindow(table, window);
    open.slices.push(slice);
    return open;
  });
  return slice;
}

function openWindow(table: Table, { start, end }: Slice): OpenWindow {
  const window: OpenWindow = {
    start,
    end,
    slices: [],
    shownRevision: 0,
    since: 0,
    shown: undefined,
    due: undefined,
  };
  table.windows.set(start, window);
  return window;
}

/** A slice has changed: its windows have something to show. */
export function touch(table: Table, slice: OpenSlice, live: boolean, uploaded: boolean, now: number): void {
  if (live) slice.live = true;
  if (uploaded) slice.uploaded = true;
  slice.changedAt = Math.max(slice.changedAt, now);
  for (const window of slice.windows) {
    if (table.fresh.has(window)) continue;
    table.fresh.add(window);
    window.since = now;
  }
}

/** A window is closed, and so are the slices that no other one needs. */
export function close(table: Table, window: OpenWindow): void {
  table.windows.delete(window.start);
  table.closed.add(window.start);
  for (const slice of window.slices) {
    slice.windows = slice.windows.filter(other => other !== window);
    if (slice.windows.length === 0) table.slices.delete(slice.start);
  }
}

/** Remembers what a window waits for. */
export function schedule(table: Table, window: OpenWindow, due: Due | undefined): void {
  window.due = due;
  if (!due) return;
  table.dueWatermark = Math.min(table.dueWatermark, due.watermark ?? Number.POSITIVE_INFINITY);
  table.dueAt = Math.min(table.dueAt, due.at ?? Number.POSITIVE_INFINITY);
  if (due.uploads) table.dueUploads = true;
}
