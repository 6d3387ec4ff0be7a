import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowPlan } from '../../shared/pipelines/plan.ts';
import type { Slice } from '../../shared/streams/slices.ts';
import { latestOf } from '../../shared/streams/state.ts';
import { type Content, contentOfState } from '../../shared/windows/content.ts';
import type { Lane } from '../../shared/windows/lanes.ts';
import type { Transaction } from '../../shared/windows/transaction.ts';
import { bytesOf, newestOf, readChunks, stateOf } from './lanes.ts';
import { MostKeys } from './most.ts';
import { statesOf } from './parts.ts';

/** Encoded state that is taken up at once: what it becomes in memory is a hundred times larger. */
const AT_ONCE_BYTES = 2 * 1024 * 1024;
/**
 * What a pane says of the lanes of its window. Where they hold very many keys, these are taken up part by part, by the hash
 * that spreads them over chunks: so memory is bounded by what is shown, not by what there is.
 * @param atOnce encoded bytes that are taken up together
 */
export async function contentOf(
  transaction: Transaction,
  window: Slice,
  lanes: readonly Lane[],
  atOnce: number = AT_ONCE_BYTES,
): Promise<Content> {
  const { spec } = newestOf(lanes);
  if (bytesOf(lanes) <= atOnce) {
    return contentOfState(stateOf(lanes, await readChunks(transaction, lanes)), window, spec);
  }
  const latest = await latestIn(transaction, lanes, spec, atOnce);
  let count = 0;
  let total = 0;
  let fitting = 0;
  const most = new MostKeys(spec);
  for await (const state of statesOf(transaction, lanes, atOnce)) {
    for (const group of state.values()) count += group.count;
    total += state.size;
    fitting += most.add(state, candidates => contentOfState(candidates, window, spec, latest).keys);
  }
  const keys = most.keys();
  return spec.top
    ? { count, keys, hidden: total - keys.length, omitted: 0 }
    : { count, keys, hidden: total - fitting, omitted: fitting - keys.length };
}

/** Only values that fade need the latest event of all keys before any is shown. */
async function latestIn(
  transaction: Transaction,
  lanes: readonly Lane[],
  spec: WindowSpec,
  atOnce: number,
): Promise<number> {
  let latest = Number.NEGATIVE_INFINITY;
  if (!windowPlan(spec).measures.some(({ accumulator }) => accumulator.latest)) return latest;
  for await (const state of statesOf(transaction, lanes, atOnce)) {
    latest = Math.max(latest, latestOf(state.values()));
  }
  return latest;
}
