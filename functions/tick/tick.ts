import type { Sources, Watermark } from '../../shared/streams/watermark.ts';
import { advanceWatermark, mergeSources, NO_WATERMARK, watermarkAt } from '../../shared/streams/watermark.ts';
import type { RunTransaction } from '../../shared/windows/transaction.ts';
import { closeWindows } from './close.ts';
import type { Situation } from './decide.ts';
import type { SliceNotice } from './lanes.ts';
import { inParallel } from './parallel.ts';
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
  const close = async (windows: readonly SliceNotice[]): Promise<void> => {
    try {
      for (const pane of await closeWindows(store.run, windows, situationOf)) {
        if (pane) ticked.panes++;
        if (pane?.final) ticked.closed++;
      }
    } catch (error) {
      // One by one, so that only the window that cannot be shown is left.
      if (windows.length > 1) return void (await inParallel(windows, 1, window => close([window])));
      ticked.failures.push(error);
      failed.add(windows[0]!.pipeline);
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
      await inParallel(groupsOf(windowsOf(found)), AT_ONCE, close);
      if (found.length < page) return true;
      if (clock() > deadline || ticked.failures.length > 0) return false;
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

function windowsOf(notices: readonly SliceNotice[]): SliceNotice[] {
  return [
    ...new Map(
      notices.map(notice => [`${notice.pipeline} ${notice.window} ${notice.shape} ${notice.start}`, notice]),
    ).values(),
  ];
}

function groupsOf(windows: readonly SliceNotice[]): SliceNotice[][] {
  const count = Math.ceil(windows.length / TOGETHER);
  return Array.from({ length: count }, (_, at) => windows.slice(at * TOGETHER, (at + 1) * TOGETHER));
}
