import type { Firestore } from '@google-cloud/firestore';
import { merged } from '../../../shared/streams/segments.ts';
import { showGroup } from '../../../shared/streams/state.ts';
import { chunkPath, laneOf } from '../../../shared/windows/lanes.ts';
import type { Reading } from './events.ts';

/** Segments of one request. */
const READ_TOGETHER = 16;
const SPAN = { start: 0, end: 0, latest: 0 };

/** By key, in tenths: sums of these are exact. */
interface Totals {
  readonly counts: Map<string, number>;
  readonly tenths: Map<string, number>;
}

/** What an independent count says of each key. */
export function totalsOf(readings: readonly Reading[]): Totals {
  const totals = { counts: new Map<string, number>(), tenths: new Map<string, number>() };
  for (const { key, value } of readings) add(totals, key, 1, value);
  return totals;
}

/**
 * Compares each key of all windows of the pipeline, as their lanes hold it, and each key that a pane shows.
 * @throws Error where anything differs
 */
export async function compare(firestore: Firestore, pipeline: string, expected: Totals): Promise<void> {
  const found: Totals = { counts: new Map(), tenths: new Map() };
  const lanes = firestore.collection('_millrace/aggregate/lanes').where('pipeline', '==', pipeline);
  for (const document of (await lanes.get()).docs) {
    const { state, chunks } = laneOf(document.data());
    take(found, state);
    for (let at = 0; at < chunks.length; at += READ_TOGETHER) {
      const some = chunks
        .slice(at, at + READ_TOGETHER)
        .map(name => firestore.doc(chunkPath(document.ref.path, name)));
      for (const segment of await firestore.getAll(...some)) take(found, segment.get('state') as Uint8Array);
    }
  }
  for (const total of ['counts', 'tenths'] as const) {
    if (found[total].size !== expected[total].size)
      throw new Error(`Wrong results: ${found[total].size} keys instead of ${expected[total].size}`);
    for (const [key, wanted] of expected[total]) {
      const there = found[total].get(key);
      if (there !== wanted)
        throw new Error(`Wrong results: ${total} of ${key} are ${there} instead of ${wanted}`);
    }
  }
}

function take(found: Totals, state: Uint8Array): void {
  for (const [key, group] of merged([state])) {
    const shown = showGroup(group, SPAN);
    add(found, key, shown.count, (shown['value'] as { sum: number }).sum);
  }
}

function add({ counts, tenths }: Totals, key: string, count: number, sum: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
  tenths.set(key, (tenths.get(key) ?? 0) + Math.round(sum * 10));
}
