import type { EventBatch } from '../../shared/batches/batch.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { readLanes } from './lane-reads.ts';
import { changeLane, type LaneChange, readChunks } from './lane-writes.ts';
import { type LateEvent, type LedgerEntry, ledgerAfter, ledgerFields, ledgerPath } from './ledger.ts';
import { type Part, partOf } from './parts.ts';

/** Limits of one transaction; a batch that goes beyond them is counted in several, each with the ledger. */
export interface Limits {
  readonly windows: number;
  /** Firestore takes 10 MiB a commit ({@link https://cloud.google.com/firestore/quotas}); the number of writes is free. */
  readonly bytes: number;
}

export const LIMITS: Limits = { windows: 200, bytes: 6 * 1024 * 1024 };

/** Ledger entries outlive the state of their windows by so long. */
const LEDGER_MARGIN_MS = 7 * 24 * 3600_000;

/** What has become of a batch, whichever delivery of it counted it. */
export interface Counted {
  readonly entry: LedgerEntry;
  /** An earlier delivery, or another copy, had counted all of it. */
  readonly duplicate: boolean;
}

/** How far a batch is after a transaction: its entry, unless nothing is counted yet or the part asked too much. */
interface Step {
  readonly entry: LedgerEntry | undefined;
  readonly outcome: 'written' | 'found' | 'too-large';
}

/**
 * Counts a batch into its windows, once, however often it is delivered and however many copies are under way: the ledger
 * is read and written in the transaction that changes the lanes.
 * @throws PermanentError when another pipeline has used the batch's id
 */
export async function countBatch(
  run: RunTransaction,
  batch: EventBatch,
  pipeline: Pipeline,
  now: number,
  limits: Limits = LIMITS,
): Promise<Counted> {
  const all = batch.events.length;
  let part = partOf(batch, pipeline, 0, all, limits.windows, now);
  let duplicate = true;
  for (;;) {
    const { entry, outcome } = await run(transaction =>
      countPart(transaction, batch, pipeline, part, now, limits),
    );
    if (outcome === 'written') duplicate = false;
    if (entry?.complete) return { entry, duplicate };
    const from = entry?.counted ?? 0;
    const to = outcome === 'too-large' ? from + Math.ceil((part.to - part.from) / 2) : all;
    part = partOf(batch, pipeline, from, to, limits.windows, now);
  }
}

async function countPart(
  transaction: Transaction,
  batch: EventBatch,
  pipeline: Pipeline,
  part: Part,
  now: number,
  limits: Limits,
): Promise<Step> {
  const { ledger, lanes } = await readLanes(transaction, batch.id, part.contributions);
  if (ledger && ledger.pipeline !== batch.pipeline) {
    throw new PermanentError(
      `Pipeline ${ledger.pipeline} has used the batch id ${batch.id} already. Send ids that are unique over all pipelines.`,
    );
  }
  if (ledger?.complete || (ledger?.counted ?? 0) !== part.from) return { entry: ledger, outcome: 'found' };
  const changes: LaneChange[] = [];
  const late: LateEvent[] = [];
  const open = lanes.filter(({ sealed }) => !sealed);
  const chunks = await readChunks(transaction, open);
  for (const read of open) changes.push(...changeLane(read, batch, chunks, now));
  for (const { sealed, contribution } of lanes) {
    const { window, start, events } = contribution;
    if (sealed) late.push(...events.map(event => ({ event, window, start })));
  }
  const bytes = changes.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  if (bytes > limits.bytes && part.to - part.from > 1) return { entry: ledger, outcome: 'too-large' };
  for (const { path, fields } of changes) {
    if (fields) transaction.set(path, fields);
    else transaction.delete(path);
  }
  const entry = ledgerAfter(batch, ledger, part.to, late, now, expiryOf(pipeline, now));
  transaction.set(ledgerPath(batch.id), ledgerFields(entry));
  return { entry, outcome: 'written' };
}

/** A replay after the entry is gone must find its windows sealed. */
function expiryOf({ windows, time }: Pipeline, now: number): number {
  const longest = windows.map(({ size, lateness, retention }) => size + lateness + retention);
  return now + (Math.max(0, ...longest) + time.maximalSkew) * 1000 + LEDGER_MARGIN_MS;
}
