import { GLOBAL } from './slices.ts';

/** A pane is early before the window is complete, on time the first time that it is, late afterwards. */
export type Timing = 'early' | 'onTime' | 'late';

/** The last pane of a window. */
export interface Shown {
  readonly index: number;
  readonly timing: Timing;
}

/** A pane to be shown. */
export interface PaneInfo extends Shown {
  /** No other follows. */
  readonly final: boolean;
}

/** When an unchanged window needs attention again. */
export interface Due {
  /** Once the pipeline's watermark is there, ms; null where no live source feeds the window. */
  readonly watermark: number | null;
  /** Once the clock is there, ms; null where only the watermark counts. */
  readonly at: number | null;
  /** Once no upload of the pipeline is open. */
  readonly uploads: boolean;
}

/** When to show a window that is not complete: whichever comes first. With neither of them, never. */
export interface Early {
  /** ms by the clock after the first event that no pane shows. */
  readonly every?: number;
  /** Events that no pane shows. */
  readonly count?: number;
}

/** What no pane of a window shows yet. */
export interface Unshown {
  /** Whoever knows only parts of a window may say too many. */
  readonly events: number;
  /** When the first of them was counted, ms by the clock. */
  readonly since: number;
}

/** What is known of a window; times in ms. */
export interface WindowFacts {
  readonly end: number;
  /** After the end, by event time: how long late events still update the window. */
  readonly lateness: number;
  /** By the clock: how long a window that uploads alone feed stays open after its last change. */
  readonly retention: number;
  /** Whether live events, and whether events of uploads, have contributed. */
  readonly live: boolean;
  readonly uploaded: boolean;
  /** By the clock. */
  readonly changedAt: number;
  readonly unshown: Unshown | undefined;
  /** undefined before the first pane. */
  readonly shown: Shown | undefined;
  /** undefined: whatever is new is shown whenever somebody looks. */
  readonly early: Early | undefined;
  /** Something may yet be carried into it: the slice before it is not closed, as with sessions. Keeps it from closing. */
  readonly held?: boolean;
}

/** What the world looks like to a pipeline's windows. */
export interface Moment {
  /** The pipeline's, ms; undefined before its first live event. */
  readonly watermark: number | undefined;
  /** Whether an upload of the pipeline is being read or counted. */
  readonly uploadsOpen: boolean;
  /** The clock, ms. */
  readonly now: number;
}

/** What is to be done about a window. */
export interface Decision {
  /** The pane to show; undefined where nothing is new, or it is not yet time. */
  readonly pane: PaneInfo | undefined;
  /** When to look again; undefined once the window is closed. */
  readonly due: Due | undefined;
}

/**
 * Decides over a window.
 *
 * | fed by | complete, so on time, when | final when |
 * |---|---|---|
 * | live events | the watermark has reached the end | it has reached end + lateness, and no upload that also feeds it can be open |
 * | uploads alone | no upload of the pipeline is open | nothing has changed for the retention, by the clock |
 *
 * The global window never is complete: its panes are early, all of them.
 */
export function decide(facts: WindowFacts, { watermark, uploadsOpen, now }: Moment): Decision {
  const { end, live, shown, unshown, early } = facts;
  const endless = end >= GLOBAL.end;
  const reached = endless ? Number.NEGATIVE_INFINITY : (watermark ?? Number.NEGATIVE_INFINITY);
  const closesAt = end + facts.lateness;
  const expiresAt = facts.changedAt + facts.retention;
  // An upload that is open may yet bring events for a window that it has fed.
  const awaited = uploadsOpen && facts.uploaded;
  const complete = !endless && (live ? reached >= end : !awaited);
  const final = !endless && !awaited && !facts.held && (live ? reached >= closesAt : now >= expiresAt);

  const fired = shown !== undefined && shown.timing !== 'early';
  const ripensAt = unshown && !complete && !fired ? ripens(unshown, early) : Number.NEGATIVE_INFINITY;
  const news = (unshown !== undefined && now >= ripensAt) || final || (complete && !fired);
  const timing: Timing = fired ? (unshown ? 'late' : shown.timing) : complete ? 'onTime' : 'early';
  const pane = news ? { index: (shown?.index ?? -1) + 1, timing, final } : undefined;
  if (final) return { pane, due: undefined };
  const next = complete ? closesAt : end;
  const expires = endless || live || awaited ? Number.POSITIVE_INFINITY : expiresAt;
  const at = Math.min(expires, !pane && ripensAt > now ? ripensAt : Number.POSITIVE_INFINITY);
  return {
    pane,
    due: {
      watermark: !endless && live && reached < next ? next : null,
      at: Number.isFinite(at) ? at : null,
      uploads: awaited,
    },
  };
}

/** When an early pane shows what is new; -Infinity: at once, Infinity: the clock alone is no reason. */
function ripens({ events, since }: Unshown, early: Early | undefined): number {
  if (!early || (early.count !== undefined && events >= early.count)) return Number.NEGATIVE_INFINITY;
  return early.every === undefined ? Number.POSITIVE_INFINITY : since + early.every;
}
