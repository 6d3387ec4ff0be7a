import { hash32 } from '../../shared/streams/hash.ts';
import { windowsOf } from '../../shared/streams/slices.ts';
import { type Lane, laneOf, lanePath, type WindowInstance } from '../../shared/windows/lanes.ts';
import { type PaneRead, readShown } from '../../shared/windows/shown.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import { windowingOf } from '../../shared/windows/windowing.ts';
import { type LedgerEntry, ledgerOf, ledgerPath } from './ledger.ts';
import type { Contribution } from './parts.ts';

/** What the store says about a slice that batches contribute to. */
export interface LaneRead {
  readonly contribution: Contribution;
  /** The lane that the batches belong to, and how many there are. */
  readonly lane: number;
  readonly lanes: number;
  readonly known: Lane | undefined;
  /** Whether the slice has its head already. */
  readonly headed: boolean;
  readonly sealed: boolean;
}

export interface Reads {
  /** Ledger entries by batch. */
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  readonly lanes: readonly LaneRead[];
}

/**
 * Reads the ledger entries of some batches and the lane that is their own in each slice: that of the first. Mostly that is
 * one request: a lane that exists says itself whether it is sealed. For one that does not, the slice's head decides, and
 * where there is no head either (never made, or expired long after the closing) the pane does ({@link guardsOf}). Reading
 * them inside the transaction is what seals lanes that do not exist.
 */
export async function readLanes(
  transaction: Transaction,
  batches: readonly [first: string, ...more: string[]],
  contributions: readonly Contribution[],
): Promise<Reads> {
  const bits = hash32(batches[0]);
  const guesses = contributions.map(contribution => bits % contribution.spec.lanes);
  // Always the same order of paths, so that concurrent batches do not lock each other crosswise.
  const documents = await readSorted(transaction, [
    ...batches.map(ledgerPath),
    ...contributions.map((contribution, at) => lanePath(contribution, guesses[at]!)),
  ]);
  const lane = (contribution: Contribution, number: number): Lane | undefined => {
    const fields = documents.get(lanePath(contribution, number));
    return fields && laneOf(fields);
  };
  const missing = contributions.filter((contribution, at) => !lane(contribution, guesses[at]!));
  const panes = new Map<string, PaneRead>();
  await readGuards(transaction, missing, documents, panes);
  // A window made under another version of the pipeline keeps its number of lanes.
  const counts = contributions.map(
    (contribution, at) =>
      lane(contribution, guesses[at]!)?.lanes ?? lane(contribution, 0)?.lanes ?? contribution.spec.lanes,
  );
  const owns = counts.map(count => bits % count);
  await readMore(
    transaction,
    contributions.map((contribution, at) => lanePath(contribution, owns[at]!)),
    documents,
  );
  await readGuards(
    transaction,
    contributions.filter((contribution, at) => !lane(contribution, owns[at]!)),
    documents,
    panes,
  );
  const ledger = new Map<string, LedgerEntry>();
  for (const batch of batches) {
    const fields = documents.get(ledgerPath(batch));
    if (fields) ledger.set(batch, ledgerOf(fields));
  }
  const isSealed = ({ slice }: Guard): boolean => {
    const fields = documents.get(lanePath(slice, 0));
    return fields ? isClosed(fields) : panes.get(lanePath(slice, 0))?.shown?.final === true;
  };
  const lanes = contributions.map((contribution, at): LaneRead => {
    const known = lane(contribution, owns[at]!);
    const head = known ?? lane(contribution, 0);
    const sealed = head ? isClosed(head) : guardsOf(contribution).some(isSealed);
    return { contribution, lane: owns[at]!, lanes: counts[at]!, known, headed: head !== undefined, sealed };
  });
  return { ledger, lanes };
}

function isClosed({ sealed, shut }: { readonly sealed?: unknown; readonly shut?: unknown }): boolean {
  return sealed === true || shut === true;
}

type Documents = Map<string, Fields | undefined>;

async function readSorted(transaction: Transaction, paths: readonly string[]): Promise<Documents> {
  const documents: Documents = new Map();
  await readMore(transaction, paths, documents);
  return documents;
}

/** Start of the window that closes a slice: the last one that it is part of. */
export function closingStart({ spec, start, end }: Contribution): number {
  return windowsOf(windowingOf(spec), { start, end }).at(-1)!.start;
}

/** A slice whose closing closes another, or itself; and the window whose final pane says so once its head has gone. */
interface Guard {
  readonly slice: WindowInstance;
  readonly window: WindowInstance;
}

/**
 * What decides over a slice without a head: the last window that it is part of. Sessions that go on from it need the slice
 * after it too: where that is closed, so are they.
 */
function guardsOf(contribution: Contribution): Guard[] {
  const { pipeline, window, shape, start, end, spec } = contribution;
  const at = (moment: number): WindowInstance => ({ pipeline, window, shape, start: moment });
  const own = { slice: at(start), window: at(closingStart(contribution)) };
  return spec.kind === 'session' ? [own, { slice: at(end), window: at(end) }] : [own];
}

/**
 * Reads what decides over slices in which the batches have no lane yet.
 * @param panes by the path of the head that they stand in for
 */
async function readGuards(
  transaction: Transaction,
  contributions: readonly Contribution[],
  documents: Documents,
  panes: Map<string, PaneRead>,
): Promise<void> {
  const guards = contributions.flatMap(guardsOf);
  const headOf = ({ slice }: Guard): string => lanePath(slice, 0);
  await readMore(transaction, guards.map(headOf), documents);
  const unknown = guards.filter(guard => !documents.get(headOf(guard)) && !panes.has(headOf(guard)));
  const read = await readShown(
    transaction,
    unknown.map(({ window }) => window),
  );
  for (const [at, guard] of unknown.entries()) panes.set(headOf(guard), read[at]!);
}

/** Reads what has not been read yet. */
async function readMore(
  transaction: Transaction,
  paths: readonly string[],
  documents: Documents,
): Promise<void> {
  const wanted = [...new Set(paths)].filter(path => !documents.has(path)).sort();
  if (wanted.length === 0) return;
  const read = await transaction.read(wanted);
  for (const [at, path] of wanted.entries()) documents.set(path, read[at]);
}
