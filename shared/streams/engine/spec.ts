import type { EventIdentity } from '../aggregations/accumulator.ts';
import type { Early, PaneInfo } from '../decide.ts';
import type { Plan } from '../measures.ts';
import type { Slice, Windowing } from '../slices.ts';
import type { WindowState } from '../state.ts';

/** What is to be computed of a stream of events of any type. */
export interface StreamSpec<Event> {
  /** When the event happened, ms since the epoch. */
  readonly time: (event: Event) => number;
  /** What measures read from. */
  readonly data: (event: Event) => Readonly<Record<string, unknown>>;
  /** What tells events of the same time apart, for measures that need it; mostly the event itself. */
  readonly identity: (event: Event) => EventIdentity;
  /** How far beyond the clock an event may lie; later ones come out again as `future`. ms. */
  readonly maximalSkew: number;
  readonly windows: readonly StreamWindow<Event>[];
}

export interface StreamWindow<Event> {
  readonly name: string;
  readonly windowing: Windowing;
  /** By event time, after the end: how long late events still update a window. ms. */
  readonly lateness: number;
  /** By the clock, after the last change: how long a window fed by uploads alone can still be updated. ms. */
  readonly retention: number;
  /** Which events count; all of them where it is left out. The others move the watermark all the same, and are never late. */
  readonly filter?: (event: Event, time: number) => boolean;
  /** Which events are counted together. */
  readonly key: (event: Event) => string;
  /** What is measured of them, besides their number. */
  readonly plan: Plan;
  /** Discarding: a pane says what has come since the last one. Tumbling and global windows only. */
  readonly panes: 'accumulating' | 'discarding';
  /** When to show what is not complete; left out: at every look at the clock. */
  readonly early: Early | undefined;
}

/** What happens to a stream; `now` is the clock, ms since the epoch. */
export type StreamInput<Event> =
  /** Events of a live source, which move its watermark. */
  | {
      readonly kind: 'live';
      readonly now: number;
      readonly source: string;
      readonly events: readonly Event[];
    }
  /** Events of a bounded source, which is open from its first ones until it is done. */
  | {
      readonly kind: 'upload';
      readonly now: number;
      readonly upload: string;
      readonly events: readonly Event[];
    }
  | { readonly kind: 'done'; readonly now: number; readonly upload: string }
  /** A look at the clock: shows what is new and closes what is over. */
  | { readonly kind: 'clock'; readonly now: number };

/** A result of a window; of sessions, those that end in the slice from `start` to `end`. */
export interface StreamPane extends Slice, PaneInfo {
  readonly window: string;
  /** By key. Of sessions each group has its times: the session ends a gap after the last. */
  readonly groups: WindowState;
}

/** An event that came when all windows of a kind that it belongs to were closed. */
export interface LateEvent<Event> {
  readonly event: Event;
  readonly window: string;
  /** Start of the slice that it would have been counted in, ms. */
  readonly start: number;
}
