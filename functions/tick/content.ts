import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowPlan } from '../../shared/pipelines/plan.ts';
import { isIn } from '../../shared/streams/chunks.ts';
import { rankKeys, type ShownKeys } from '../../shared/streams/showing.ts';
import type { Slice } from '../../shared/streams/slices.ts';
import { decodeState, latestOf, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { type Content, contentOfState } from '../../shared/windows/content.ts';
import { chunkPath, type Lane, lanePath } from '../../shared/windows/lanes.ts';
import type { Transaction } from '../../shared/windows/transaction.ts';
import { bytesOf, newestOf, readChunks, stateOf } from './lanes.ts';

/** Encoded state that is taken up at once: what it becomes in memory is a hundred times larger. */
const AT_ONCE_BYTES = 2 * 1024 * 1024;
/** More keys than the documents of a pane can hold, however short they are. */
const MOST_KEYS = 100_000;

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
  const bits = Math.ceil(Math.log2(bytesOf(lanes) / atOnce));
  if (bits <= 0) return contentOfState(stateOf(lanes, await readChunks(transaction, lanes)), window, spec);
  const parts = Array.from({ length: 2 ** bits }, (_, part) => part.toString(2).padStart(bits, '0'));
  const latest = await latestIn(transaction, lanes, spec, parts);
  let count = 0;
  let total = 0;
  let fitting = 0;
  let keys: ShownKeys['keys'] = [];
  for (const part of parts) {
    const state = await statePart(transaction, lanes, part);
    const content = contentOfState(state, window, spec, latest);
    count += content.count;
    total += state.size;
    fitting += content.keys.length;
    keys = mostOf([...keys, ...content.keys], spec);
  }
  return spec.top
    ? { count, keys, hidden: total - keys.length, omitted: 0 }
    : { count, keys, hidden: total - fitting, omitted: fitting - keys.length };
}

/** The keys that may be shown in the end. */
function mostOf(keys: ShownKeys['keys'], { top }: WindowSpec): ShownKeys['keys'] {
  if (top) return rankKeys(keys, top);
  if (keys.length <= 2 * MOST_KEYS) return keys;
  return [...keys].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1)).slice(0, MOST_KEYS);
}

/** Only values that fade need the latest event of all keys before any is shown. */
async function latestIn(
  transaction: Transaction,
  lanes: readonly Lane[],
  spec: WindowSpec,
  parts: readonly string[],
): Promise<number> {
  let latest = Number.NEGATIVE_INFINITY;
  if (!windowPlan(spec).measures.some(({ accumulator }) => accumulator.latest)) return latest;
  for (const part of parts) {
    const state = await statePart(transaction, lanes, part);
    latest = Math.max(latest, latestOf(state.values()));
  }
  return latest;
}

/** What lanes know of the keys whose hash begins with some bits. */
async function statePart(
  transaction: Transaction,
  lanes: readonly Lane[],
  part: string,
): Promise<WindowState> {
  const state: WindowState = new Map();
  for (const lane of lanes) {
    const overlapping = lane.chunks.filter(name => name.startsWith(part) || part.startsWith(name));
    const paths = overlapping.map(name => chunkPath(lanePath(lane, lane.lane), name));
    const documents = paths.length > 0 ? await transaction.read(paths) : [];
    const pieces = documents.flatMap(fields => (fields ? [fields['state'] as Uint8Array] : []));
    for (const bytes of [lane.state, ...pieces]) {
      const piece = decodeState(bytes);
      for (const key of piece.keys()) if (!isIn(part, key)) piece.delete(key);
      mergeState(state, piece);
    }
  }
  return state;
}
