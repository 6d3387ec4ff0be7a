import type { PaneInfo } from '../../shared/streams/decide.ts';
import type { Sources, Watermark } from '../../shared/streams/watermark.ts';
import { advanceWatermark, mergeSources, NO_WATERMARK, watermarkAt } from '../../shared/streams/watermark.ts';
import type { RunTransaction } from '../../shared/windows/transaction.ts';
import { closeWindows } from './close.ts';
import type { Situation } from './decide.ts';
import type { SliceNotice } from './lanes.ts';
import { inParallel } from './parallel.ts';
import { closeSessions } from './sessions.ts';
import { closeSliding } from './sliding.ts';
import { type OpenUpload, settle, type Tally } from './uploads.ts';

/** A lane that has changed since its window was last shown. */
export interface LaneNotice extends SliceNotice {
  readonly sources: Sources;
}

/** What a tick reads; `limit` bounds how many come back. */
export interface TickStore {
  readonly run: RunTransaction;
  openUploads(): Promise<OpenUpload[]>;
  /** What the ledger says of an upload. */
  tally(upload: string): Promise<Tally>;
  watermarks(): Promise<Map<string, Watermark>>;
  saveWatermark(pipeline: string, change: (before: Watermark) => Watermark): Promise<Watermark>;
  changedLanes(limit: number): Promise<LaneNotice[]>;
  dueByClock(now: number, limit: number): Promise<SliceNotice[]>;
  dueByWatermark(pipeline: string, watermark: number, limit: number): Promise<SliceNotice[]>;
  dueByUploads(pipeline: string, limit: number): Promise<SliceNotice[]>;
}

/** What a tick has done. */
export interface Ticked {
  panes: number;
  closed: number;
  uploads: number;
  /** Windows that could not be shown, each to be tried again at the next tick. */
  readonly failures: unknown[];
}

export interface TickOptions {
  /** Documents that a query brings at once. */
  readonly page?: number;
  /** Asked while uploads are open: whether to show what has changed so far. */
  readonly early?: () => boolean;
}

const PAGE = 1000;
/** Windows of one transaction: fewer round trips, still far from its limit of 10 MiB unless keys are very many, and bounded memory. */
const TOGETHER = 10;
const AT_ONCE = 2;
/** A tick stops taking up work after so long: the next one, a minute after it, goes on. */
const BUDGET_MS = 45_000;

/**
 * Moves the watermarks, shows what has changed, closes what is over, and settles uploads. It may run twice at once, or
 * die anywhere: every step of it is a transaction of its own that the next tick repeats or finds done.
 */
export async function tick(
  store: TickStore,
  clock: () => number,
  { page = PAGE, early = () => true }: TickOptions = {},
): Promise<Ticked> {
  const deadline = clock() + BUDGET_MS;
  const failed = new Set<string>();
  const ticked: Ticked = { panes: 0, closed: 0, uploads: 0, failures: [] };
  // Before the changed lanes are looked for: a settled upload's are then all among them, or shown already.
  const { open, settled } = await settle(store, clock());
  const watermarks = await store.watermarks();

  const situationOf = (pipeline: string): Situation => {
    const watermark = watermarks.get(pipeline) ?? NO_WATERMARK;
    const now = clock();
    return {
      watermark: watermarkAt(watermark, now),
      sources: watermark.sources,
      uploadsOpen: open.has(pipeline),
      now,
    };
  };
  let whole = true;
  const isLate = (): boolean => clock() > deadline;
  const showAll = async (windows: readonly SliceNotice[]): Promise<PaneInfo[]> => {
    const panes: PaneInfo[] = [];
    let together = windows.length;
    for (let rest = windows; rest.length > 0; ) {
      const closed = await closeWindows(store.run, rest.slice(0, together), situationOf);
      panes.push(...closed.panes);
      rest = rest.slice(closed.taken);
      together = closed.taken;
    }
    return panes;
  };
  /** Shows what is to be shown of some slices, by what kind of window they are of. */
  const show = async (slices: readonly SliceNotice[]): Promise<readonly PaneInfo[]> => {
    const { spec, pipeline } = slices[0]!;
    if (spec.kind === 'sliding') return closeSliding(store.run, slices, situationOf(pipeline));
    if (spec.kind !== 'session') return showAll(slices);
    const sessions = await closeSessions(store.run, slices, situationOf(pipeline), isLate);
    whole &&= sessions.whole;
    return sessions.panes;
  };
  const close = async (slices: readonly SliceNotice[]): Promise<void> => {
    try {
      const panes = await show(slices);
      ticked.panes += panes.length;
      ticked.closed += panes.filter(({ final }) => final).length;
    } catch (error) {
      // One by one, so that only the window that cannot be shown is left.
      if (slices.length > 1 && !chained(slices[0]!)) {
        return void (await inParallel(slices, 1, slice => close([slice])));
      }
      ticked.failures.push(error);
      failed.add(slices[0]!.pipeline);
    }
  };
  /** Closes what a query finds, page by page; what has been seen to is found no more. */
  const closeAll = async <Notice extends SliceNotice>(
    find: () => Promise<Notice[]>,
    before?: (found: Notice[]) => Promise<void>,
  ): Promise<boolean> => {
    for (;;) {
      const found = await find();
      await before?.(found);
      await inParallel(groupsOf(found), AT_ONCE, close);
      if (found.length < page) return whole;
      if (isLate() || !whole || ticked.failures.length > 0) return false;
    }
  };

  const wanted = open.size === 0 || settled.length > 0 || early();
  const noticed =
    wanted &&
    (await closeAll(
      () => store.changedLanes(page),
      lanes => observe(store, lanes, watermarks, clock()),
    ));
  await closeAll(() => store.dueByClock(clock(), page));
  const shown = new Map<string, boolean>();
  for (const pipeline of watermarks.keys()) {
    const { watermark, uploadsOpen } = situationOf(pipeline);
    if (watermark !== undefined) await closeAll(() => store.dueByWatermark(pipeline, watermark, page));
    if (!uploadsOpen) shown.set(pipeline, await closeAll(() => store.dueByUploads(pipeline, page)));
  }
  for (const upload of settled) {
    // Done means that its results can be read.
    if (!noticed || shown.get(upload.pipeline) === false || failed.has(upload.pipeline)) continue;
    if (await upload.finish(new Date(clock()))) ticked.uploads++;
  }
  return ticked;
}

/** Takes what changed lanes know of their sources into the watermarks; a pipeline seen first gets one. */
async function observe(
  store: TickStore,
  lanes: readonly LaneNotice[],
  watermarks: Map<string, Watermark>,
  now: number,
): Promise<void> {
  const seen = new Map<string, Sources>();
  for (const { pipeline, sources } of lanes) {
    seen.set(pipeline, mergeSources(seen.get(pipeline) ?? {}, sources));
  }
  for (const [pipeline, sources] of seen) {
    const known = watermarks.get(pipeline);
    if (known && advanceWatermark(known, sources, now) === known) continue;
    watermarks.set(
      pipeline,
      await store.saveWatermark(pipeline, before => advanceWatermark(before, sources, now)),
    );
  }
}

/**
 * Slices that are shown together: of sliding windows and sessions all that belong together, of others as many as may be,
 * but no two definitions of one window (`shown.ts`).
 */
function groupsOf(notices: readonly SliceNotice[]): SliceNotice[][] {
  const chains = new Map<string, SliceNotice[]>();
  const single = new Map<string, Map<string, SliceNotice>>();
  for (const notice of notices) {
    const { pipeline, window, shape, start } = notice;
    if (chained(notice)) {
      const name = `${pipeline} ${window} ${shape}`;
      chains.set(name, [...(chains.get(name) ?? []), notice]);
    } else {
      const name = `${pipeline} ${window} ${start}`;
      single.set(name, (single.get(name) ?? new Map()).set(shape, notice));
    }
  }
  const definitions = [...single.values()].map(shapes => [...shapes.values()]);
  const most = Math.max(0, ...definitions.map(({ length }) => length));
  const layers = Array.from({ length: most }, (_, at) => definitions.flatMap(all => all[at] ?? []));
  return [...layers.flatMap(inGroups), ...chains.values()];
}

function inGroups(slices: readonly SliceNotice[]): SliceNotice[][] {
  const count = Math.ceil(slices.length / TOGETHER);
  return Array.from({ length: count }, (_, at) => slices.slice(at * TOGETHER, (at + 1) * TOGETHER));
}

/** Whether what becomes of a slice depends on others. */
function chained({ spec }: SliceNotice): boolean {
  return spec.kind === 'sliding' || spec.kind === 'session';
}
