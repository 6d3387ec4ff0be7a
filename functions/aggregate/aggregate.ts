import type { EventBatch } from '../../shared/batches/batch.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { isBehind, SIZES, type Sizes } from '../../shared/streams/segments.ts';
import type { RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import { type Ask, asksOf } from './asks.ts';
import { closingStart, readLanes } from './lane-reads.ts';
import { changeLane, type LaneChange, readMerging } from './lane-writes.ts';
import { type LateEvent, type LedgerEntry, ledgerAfter, ledgerFields, ledgerPath } from './ledger.ts';
import { instanceName, merged, type Part, partOf } from './parts.ts';
import { findRepetitions, type Repetitions } from './repetitions.ts';

/** Limits of one transaction; a batch that goes beyond them is counted in several, each with the ledger. */
export interface Limits {
  readonly windows: number;
  /** Firestore takes 10 MiB a commit ({@link https://cloud.google.com/firestore/quotas}); the number of writes is free. */
  readonly bytes: number;
  /** How the state of a lane is cut. */
  readonly sizes: Sizes;
}

export const LIMITS: Limits = { windows: 200, bytes: 6 * 1024 * 1024, sizes: SIZES };

/** Ledger entries outlive the state of their windows by so long. */
const LEDGER_MARGIN_MS = 7 * 24 * 3600_000;

/** What has become of a batch, whichever delivery of it counted it. */
export interface Counted {
  readonly entry: LedgerEntry;
  /** An earlier delivery, or another copy, had counted all of it. */
  readonly duplicate: boolean;
  /** What it, and those it was counted with, want to be shown early. */
  readonly asks: readonly Ask[];
}

/** How far a batch is after a transaction: its entry, unless nothing is counted yet or the part asked too much. */
interface Step {
  readonly entry: LedgerEntry | undefined;
  readonly outcome: 'written' | 'found' | 'too-large';
  readonly asks: readonly Ask[];
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
  const asks: Ask[] = [];
  for (;;) {
    const [step] = await run(transaction => countParts(transaction, [part], pipeline, now, limits));
    const { entry, outcome } = step!;
    if (outcome === 'written') duplicate = false;
    asks.push(...step!.asks);
    if (entry?.complete) return { entry, duplicate, asks };
    const from = entry?.counted ?? 0;
    const to = outcome === 'too-large' ? from + Math.ceil((part.to - part.from) / 2) : all;
    part = partOf(batch, pipeline, from, to, limits.windows, now);
  }
}

/**
 * Counts several batches of one pipeline in as few transactions as their windows allow: a window that all of them touch is
 * read and written once. They must be of one version, and all live or all of uploads.
 * @returns in the order of the batches
 */
export async function countBatches(
  run: RunTransaction,
  batches: readonly EventBatch[],
  pipeline: Pipeline,
  now: number,
  limits: Limits = LIMITS,
): Promise<Counted[]> {
  const counted = new Map<string, Counted>();
  const wholes = [...new Map(batches.map(batch => [batch.id, batch])).values()]
    .map(batch => partOf(batch, pipeline, 0, batch.events.length, limits.windows, now))
    .filter(part => part.to === part.batch.events.length);
  for (const group of groupsOf(wholes, limits.windows)) {
    const steps = await run(transaction => countParts(transaction, group, pipeline, now, limits));
    for (const [at, { entry, outcome, asks }] of steps.entries()) {
      if (entry?.complete) counted.set(group[at]!.batch.id, { entry, duplicate: outcome === 'found', asks });
    }
  }
  const results: Counted[] = [];
  for (const batch of batches) {
    // What does not fit a group, or was counted in part before, goes its own way.
    results.push(counted.get(batch.id) ?? (await countBatch(run, batch, pipeline, now, limits)));
  }
  return results;
}

/** Neighbours that together touch at most `mostWindows` windows. */
function groupsOf(parts: readonly Part[], mostWindows: number): Part[][] {
  const groups: Part[][] = [];
  let windows = new Set<string>();
  for (const part of parts) {
    const names = part.contributions.map(instanceName);
    const together = new Set([...windows, ...names]);
    const group = groups.at(-1);
    if (group && together.size <= mostWindows) {
      group.push(part);
      windows = together;
    } else {
      groups.push([part]);
      windows = new Set(names);
    }
  }
  return groups;
}

async function countParts(
  transaction: Transaction,
  parts: readonly Part[],
  pipeline: Pipeline,
  now: number,
  limits: Limits,
): Promise<Step[]> {
  const [first, ...more] = parts.map(({ batch }) => batch.id);
  const whole = merged(parts);
  const { ledger, lanes: read } = await readLanes(transaction, [first!, ...more], whole);
  for (const { batch } of parts) refuseForeign(batch, ledger.get(batch.id));
  const found = (part: Part): Step => ({
    entry: ledger.get(part.batch.id),
    outcome: 'found',
    asks: [],
  });
  const uncounted = parts.filter(part => {
    const entry = ledger.get(part.batch.id);
    return !entry?.complete && (entry?.counted ?? 0) === part.from;
  });
  if (uncounted.length === 0) return parts.map(found);
  const { repeated, changes: seen } = await repetitionsOf(transaction, uncounted, pipeline, now);
  const fresh = uncounted.map(part => without(part, repeated.get(part.batch.id), pipeline, now));

  const changed = repeated.size > 0 || fresh.length < parts.length;
  const contributions = new Map((changed ? merged(fresh) : whole).map(one => [instanceName(one), one]));
  const lanes = read.flatMap(lane => {
    const contribution = contributions.get(instanceName(lane.contribution));
    return contribution ? [{ ...lane, contribution }] : [];
  });
  const changes: LaneChange[] = [...seen];
  const late = new Map<string, LateEvent[]>();
  const open = lanes.filter(({ sealed }) => !sealed);
  const divisible = fresh.length > 1 || fresh[0]!.to - fresh[0]!.from > 1;
  const tooLarge = (): Step[] =>
    parts.map(({ batch }) => ({ entry: ledger.get(batch.id), outcome: 'too-large', asks: [] }));
  const behind = open.some(({ known }) => isBehind(known?.chunks ?? [], limits.sizes));
  if (behind && fresh.length > 1) return tooLarge();
  const merging = await readMerging(transaction, open, limits.sizes);
  for (const lane of open) changes.push(...changeLane(lane, fresh[0]!.batch, merging, now, limits.sizes));
  for (const { sealed, contribution } of lanes) {
    const { window, events } = contribution;
    if (!sealed) continue;
    const start = closingStart(contribution);
    for (const { batch, event } of events)
      late.set(batch, [...(late.get(batch) ?? []), { event, window, start }]);
  }
  const bytes = changes.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  if (divisible && bytes > limits.bytes) return tooLarge();
  for (const { path, fields } of changes) {
    if (fields) transaction.set(path, fields);
    else transaction.delete(path);
  }
  const asks = asksOf(open);
  return parts.map(part => {
    if (!uncounted.includes(part)) return found(part);
    const { batch, to } = part;
    const lateEvents = late.get(batch.id) ?? [];
    const repeatedEvents = repeated.get(batch.id)?.size ?? 0;
    const expireAt = expiryOf(pipeline, now);
    const entry = ledgerAfter(batch, ledger.get(batch.id), to, lateEvents, repeatedEvents, now, expireAt);
    transaction.set(ledgerPath(batch.id), ledgerFields(entry));
    return { entry, outcome: 'written', asks };
  });
}

const NO_REPETITIONS: Repetitions = { repeated: new Map(), changes: [] };

/** Only a pipeline that declares an identity and a horizon remembers its events one by one. */
function repetitionsOf(
  transaction: Transaction,
  parts: readonly Part[],
  { horizon }: Pipeline,
  now: number,
): Promise<Repetitions> | Repetitions {
  return horizon === undefined
    ? NO_REPETITIONS
    : findRepetitions(transaction, parts, new Date(now + horizon * 1000));
}

function without(
  part: Part,
  repeated: ReadonlySet<number> | undefined,
  pipeline: Pipeline,
  now: number,
): Part {
  if (!repeated) return part;
  return partOf(part.batch, pipeline, part.from, part.to, Number.POSITIVE_INFINITY, now, repeated);
}

function refuseForeign(batch: EventBatch, entry: LedgerEntry | undefined): void {
  if (!entry || entry.pipeline === batch.pipeline) return;
  throw new PermanentError(
    `Pipeline ${entry.pipeline} has used the batch id ${batch.id} already. Send ids that are unique over all pipelines.`,
  );
}

/** A replay after the entry is gone must find its windows sealed. */
function expiryOf({ windows, time }: Pipeline, now: number): number {
  const longest = windows.map(({ size, lateness, retention }) => size + lateness + retention);
  return now + (Math.max(0, ...longest) + time.maximalSkew) * 1000 + LEDGER_MARGIN_MS;
}
