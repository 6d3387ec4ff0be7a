import type { EventBatch } from '../batches/batch.ts';
import { boundedKey } from '../windows/panes.ts';
import type { Transaction } from '../windows/transaction.ts';
import {
  type Change,
  groupChanges,
  ledgerPath,
  readGroups,
  type Wake,
  withTheClock,
  write,
} from './documents.ts';
import { bitsOf, groupOf } from './key-group.ts';
import { type LedgerEntry, ledgerFields, ledgerFrom, type Refused } from './ledger.ts';
import type { Effects, KeyedStore, Operator, OutboxEntry } from './operator.ts';
import { mergeProgress, type Progress, progressFrom, progressOf, progressPath } from './progress.ts';
import { type Turn, takeEvents } from './turns.ts';

/** A batch for an operator; all jobs of one call are for operators of one name, whose definitions may differ. */
export interface Job<Output> {
  readonly batch: EventBatch;
  readonly operator: Operator<Output>;
}

/** What has become of a batch, whichever delivery of it did the work. */
export interface Applied {
  readonly entry: LedgerEntry;
  /** An earlier delivery, or another copy, had done all of it. */
  readonly duplicate: boolean;
  /** Messages that this call has committed and nobody has published yet. */
  readonly outbox: readonly OutboxEntry[];
  /** Timers to be set. */
  readonly wakes: readonly Wake[];
}

/** Events [from, to) of a batch in the order of their keys' hashes: as much as goes into one transaction. */
interface Part<Output> extends Job<Output> {
  readonly order: readonly number[];
  readonly from: number;
  readonly to: number;
}

interface Done {
  readonly entry: LedgerEntry | undefined;
  readonly outcome: 'written' | 'found' | 'too-large';
  readonly outbox: readonly OutboxEntry[];
  readonly wakes: readonly Wake[];
}

/**
 * Gives batches to their keys, each once, however often it is delivered and however many copies are under way: ledger,
 * state, timers and outputs are written in one transaction. Batches that come together share it where its limits allow.
 * @returns in the order of the jobs
 */
export async function applyBatches<Output>(
  store: KeyedStore<Output>,
  jobs: readonly Job<Output>[],
  clock: number,
): Promise<Applied[]> {
  const parts = [...new Map(jobs.map(job => [job.batch.id, job])).values()].map(job => partOf(store, job, 0));
  const applied = new Map<string, Applied>();
  if (parts.length > 1 && goTogether(store, parts)) {
    const done = await store.run(transaction => applyParts(store, transaction, parts, clock));
    for (const [at, { entry, outcome, outbox, wakes }] of done.entries()) {
      if (!entry?.complete) continue;
      applied.set(parts[at]!.batch.id, { entry, duplicate: outcome === 'found', outbox, wakes });
    }
  }
  const results: Applied[] = [];
  for (const job of jobs) {
    const together = applied.get(job.batch.id);
    results.push(together ?? (await applyBatch(store, job, clock)));
    // A copy in the same call has nothing left to do.
    const { entry } = results.at(-1)!;
    applied.set(job.batch.id, { entry, duplicate: true, outbox: [], wakes: [] });
  }
  return results;
}

async function applyBatch<Output>(
  store: KeyedStore<Output>,
  job: Job<Output>,
  clock: number,
): Promise<Applied> {
  const outbox: OutboxEntry[] = [];
  const wakes: Wake[] = [];
  let part = partOf(store, job, 0);
  let duplicate = true;
  for (;;) {
    const [done] = await store.run(transaction => applyParts(store, transaction, [part], clock));
    const { entry, outcome } = done!;
    outbox.push(...done!.outbox);
    wakes.push(...done!.wakes);
    if (outcome === 'written') duplicate = false;
    if (entry?.complete) return { entry, duplicate, outbox, wakes };
    const from = entry?.done ?? 0;
    part =
      outcome === 'too-large'
        ? { ...part, from, to: from + Math.ceil((part.to - part.from) / 2) }
        : partOf(store, job, from);
  }
}

/** Events from one on, as many as their groups allow. */
function partOf<Output>(store: KeyedStore<Output>, job: Job<Output>, from: number): Part<Output> {
  const bits = job.batch.events.map(({ partitionkey }) => bitsOf(boundedKey(partitionkey)));
  // Neighbours share documents, and events of one key stay in their order.
  const order = bits
    .map((_, index) => index)
    .sort((a, b) => (bits[a]! < bits[b]! ? -1 : bits[a]! > bits[b]! ? 1 : a - b));
  const known = store.forks.get(job.operator.name) ?? new Set<string>();
  const groups = new Set<string>();
  let to = from;
  for (; to < order.length; to++) {
    groups.add(groupOf(bits[order[to]!]!, known));
    if (groups.size > store.limits.groups) break;
  }
  return { ...job, order, from, to };
}

/** Whether whole batches go together into one transaction. */
function goTogether<Output>(store: KeyedStore<Output>, parts: readonly Part<Output>[]): boolean {
  const groups = new Set<string>();
  for (const { batch, operator, order, to } of parts) {
    if (to < order.length) return false;
    const known = store.forks.get(operator.name) ?? new Set<string>();
    for (const { partitionkey } of batch.events) groups.add(groupOf(bitsOf(boundedKey(partitionkey)), known));
  }
  return groups.size <= store.limits.groups;
}

async function applyParts<Output>(
  { step, forks, effectsOf, limits }: KeyedStore<Output>,
  transaction: Transaction,
  parts: readonly Part<Output>[],
  clock: number,
): Promise<Done[]> {
  const { operator, batch: leader } = parts[0]!;
  const ledgerOf = ({ batch }: Part<Output>): string => ledgerPath(step, operator.name, batch.id);
  const progressAt = progressPath(step, operator.name, leader.id);
  const paths = [...new Set(parts.map(ledgerOf))].sort();
  const documents = await transaction.read(operator.clockedBy.length > 0 ? [...paths, progressAt] : paths);
  const ledger = new Map(paths.map((path, at) => [path, documents[at] && ledgerFrom(documents[at])]));
  const found = (part: Part<Output>): Done => ({
    entry: ledger.get(ledgerOf(part)),
    outcome: 'found',
    outbox: [],
    wakes: [],
  });
  const open = parts.filter(part => {
    const entry = ledger.get(ledgerOf(part));
    return !entry?.complete && (entry?.done ?? 0) === part.from;
  });
  if (open.length === 0) return parts.map(found);

  const turns = open.flatMap(part => turnsOf(part));
  const { groups, groupOfKey } = await readGroups(
    transaction,
    step,
    operator.name,
    new Set(turns.map(({ key }) => key)),
    forks,
  );
  const changes: Change[] = [];
  const wakes: Wake[] = [];
  const outputs: Output[] = [];
  const refused = new Map<string, Refused[]>();
  const last = open.at(-1)!.operator;
  const dealt = Map.groupBy(turns, ({ key }) => groupOfKey(key));
  for (const [name, mine] of dealt) {
    const group = groups.get(name)!;
    const taken = takeEvents(group, mine, clock);
    outputs.push(...taken.emitted);
    for (const { place, reason } of taken.refused)
      refused.set(place.batch, [...(refused.get(place.batch) ?? []), { event: place.event, reason }]);
    if (sameCells(group.cells, taken.group.cells)) continue;
    const kept = groupChanges(
      step,
      operator.name,
      last.definedBy,
      taken.group,
      clock,
      withTheClock(clock),
      limits.groupBytes,
    );
    changes.push(...kept.changes);
    wakes.push(...kept.wakes);
  }
  const effects: Effects =
    outputs.length > 0 ? await effectsOf(transaction, outputs, last, clock) : { changes: [], outbox: [] };
  changes.push(...effects.changes);
  const bytes = changes.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  if (bytes > limits.bytes && (open.length > 1 || open[0]!.to - open[0]!.from > 1))
    return parts.map(part => ({ ...found(part), outcome: 'too-large' }));

  const progress = open.reduce<Progress>(
    (sum, { batch }) => mergeProgress(sum, progressOf(batch, clock)),
    {},
  );
  if (operator.clockedBy.length > 0 && Object.keys(progress).length > 0) {
    changes.push({
      path: progressAt,
      fields: {
        operator: operator.name,
        ...last.definedBy,
        clockedBy: operator.clockedBy,
        inputs: mergeProgress(progressFrom(documents.at(-1)), progress),
        expireAt: new Date(clock + operator.horizon),
      },
    });
  }
  write(transaction, changes);
  let first = true;
  return parts.map(part => {
    if (!open.includes(part)) return found(part);
    const before = ledger.get(ledgerOf(part));
    const entry: LedgerEntry = {
      done: part.to,
      complete: part.to === part.order.length,
      outbox: [...(before?.outbox ?? []), ...effects.outbox.map(({ path }) => path)],
      refused: [...(before?.refused ?? []), ...(refused.get(part.batch.id) ?? [])],
      expireAt: clock + part.operator.horizon,
    };
    transaction.set(ledgerOf(part), ledgerFields(entry));
    // What they have made together is told once.
    const mine: Done = {
      entry,
      outcome: 'written',
      outbox: first ? effects.outbox : [],
      wakes: first ? wakes : [],
    };
    first = false;
    return mine;
  });
}

interface Place {
  readonly batch: string;
  /** Index into the batch. */
  readonly event: number;
}

function turnsOf<Output>({ batch, operator, order, from, to }: Part<Output>): Turn<Output, Place>[] {
  const { pipeline, upload, id } = batch;
  return order.slice(from, to).map(index => {
    const event = batch.events[index]!;
    return {
      key: boundedKey(event.partitionkey),
      input: { event, pipeline, live: upload === undefined },
      process: operator.process,
      place: { batch: id, event: index },
    };
  });
}

function sameCells(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, cell] of b) if (a.get(key) !== cell) return false;
  return true;
}
