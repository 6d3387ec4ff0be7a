import type { Shown } from '../streams/decide.ts';
import type { WindowInstance } from './lanes.ts';
import { panePath } from './panes.ts';
import { type Fields, millisOf, type Transaction } from './transaction.ts';

/** How much of its lanes a pane shows: how often they had changed, and by how many events. */
export interface Counted {
  readonly commits: number;
  readonly events: number;
}

/** The last pane of a window. Its document says so, which outlives all machinery and can be shared by no two windows. */
export interface ShownPane extends Shown {
  readonly final: boolean;
  readonly counted: Counted;
  /** Events it says it is of, and further documents it has. */
  readonly count: number;
  readonly parts: number;
  /** By the clock, ms. */
  readonly at: number;
}

export interface PaneRead {
  /** Where the window's panes are written. */
  readonly path: string;
  readonly shown: ShownPane | undefined;
}

/** Keys may be many, and are of no use here. */
const FIELDS = ['shape', 'index', 'timing', 'final', 'counted', 'count', 'parts', 'updatedAt'];

/**
 * Reads what has been shown of windows. The first definition that shows a window has the plain path; where a changed
 * pipeline shows another window of that name and start, its shape stands behind it.
 * @param windows no two of which differ in their shape alone: which of them is the first, transactions decide
 */
export async function readShown(
  transaction: Transaction,
  windows: readonly WindowInstance[],
): Promise<PaneRead[]> {
  const first = await readAll(transaction, windows.map(panePath));
  const foreign = windows.filter((window, at) => isForeign(window, first[at]));
  const second = await readAll(transaction, foreign.map(shapedPath));
  return windows.map((window, at) => {
    if (!isForeign(window, first[at])) return { path: panePath(window), shown: shownOf(first[at]) };
    return { path: shapedPath(window), shown: shownOf(second[foreign.indexOf(window)]) };
  });
}

async function readAll(
  transaction: Transaction,
  paths: readonly string[],
): Promise<readonly (Fields | undefined)[]> {
  return paths.length === 0 ? [] : transaction.read(paths, FIELDS);
}

function shapedPath(window: WindowInstance): string {
  return `${panePath(window)}~${window.shape}`;
}

/** A pane from before there were shapes is of whoever asks. */
function isForeign({ shape }: WindowInstance, pane: Fields | undefined): boolean {
  return pane?.['shape'] !== undefined && pane['shape'] !== shape;
}

function shownOf(pane: Fields | undefined): ShownPane | undefined {
  if (!pane) return undefined;
  const { counted = { commits: 0, events: 0 }, count = 0, parts = 0, updatedAt } = pane;
  return {
    ...(pane as unknown as ShownPane),
    counted: counted as Counted,
    count: Number(count),
    parts: Number(parts),
    at: updatedAt === undefined ? 0 : millisOf(updatedAt),
  };
}
