import { askAfter } from '../../shared/windows/early.ts';
import type { WindowInstance } from '../../shared/windows/lanes.ts';
import type { LaneRead } from './lane-reads.ts';

/** A lane holds so many events more that its window is to be shown early. The same events make the same one. */
export interface Ask {
  readonly slice: WindowInstance;
  readonly lane: number;
  /** How often the lane has asked. */
  readonly times: number;
}

/** What lanes ask for once a transaction has added to them what it read them for. */
export function asksOf(lanes: readonly LaneRead[]): Ask[] {
  return lanes.flatMap(({ contribution, lane, lanes: count, known }) => {
    const { spec, events } = contribution;
    if (spec.early?.count === undefined) return [];
    const step = askAfter(spec.early.count, count);
    const before = known?.events ?? 0;
    const times = Math.floor((before + events.length) / step);
    if (times === Math.floor(before / step)) return [];
    const { pipeline, window, shape, start } = contribution;
    return [{ slice: { pipeline, window, shape, start }, lane, times }];
  });
}
