import { type EventWake, groupChanges, groupFrom, groupPath, type Wake, write } from './documents.ts';
import type { KeyedStore, Operator, OutboxEntry, PipelineVersion } from './operator.ts';
import { anyDue, fireTimers } from './turns.ts';

/** What looking at a group has come to. */
export interface Looked {
  /** How many timers have fired. */
  readonly timers: number;
  readonly outbox: readonly OutboxEntry[];
  readonly wakes: readonly Wake[];
}

export interface Look<Output> {
  readonly operator: string;
  readonly group: string;
  /** ms. */
  readonly clock: number;
  /** The operator's, ms; undefined where it is not known, or there is none. */
  readonly watermark: number | undefined;
  /** The timer that has woken whoever looks; undefined for a schedule. */
  readonly wake?: number;
  readonly eventWake: EventWake;
  /** The operator as a version defines it; undefined where it is gone for good: its keys are forgotten. */
  readonly definition: (by: PipelineVersion) => Promise<Operator<Output> | undefined>;
}

/**
 * Fires the timers of a group that are due, each once: it is taken out in the transaction that keeps what it has come to.
 * Looked at too early, too late, twice, or by two at once makes no difference.
 */
export async function fireGroup<Output>(store: KeyedStore<Output>, look: Look<Output>): Promise<Looked> {
  const { step, run, effectsOf, limits } = store;
  const { operator, clock, eventWake } = look;
  const outbox: OutboxEntry[] = [];
  const wakes: Wake[] = [];
  let timers = 0;
  const names = [look.group];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const path = groupPath(step, operator, name);
    const done = await run(async transaction => {
      const [fields] = await transaction.read([path]);
      const stored = fields && groupFrom(fields);
      if (stored === undefined) return undefined;
      if (stored === 'fork') return 'fork';
      const { definedBy, group: before } = stored;
      const definition = await look.definition(definedBy);
      const watermark = later(before.watermark, look.watermark);
      // The timer that woke us, and any of the past, is spent.
      const spent = before.wakeAt !== undefined && (before.wakes === look.wake || before.wakeAt <= clock);
      const wakeAt = spent ? undefined : before.wakeAt;
      const group = { ...before, watermark, wakeAt };
      if (!anyDue(group, clock) && !spent) return undefined;
      const fired = definition
        ? fireTimers(group, definition.process, clock, limits.timers)
        : { group: { ...group, cells: new Map() }, emitted: [], timers: 0, more: false };
      const effects =
        definition && fired.emitted.length > 0
          ? await effectsOf(transaction, fired.emitted, definition, clock)
          : { changes: [], outbox: [] };
      const kept = groupChanges(step, operator, definedBy, fired.group, clock, eventWake, limits.groupBytes);
      write(transaction, [...kept.changes, ...effects.changes]);
      return { fired, effects, wakes: kept.wakes };
    });
    if (done === undefined) continue;
    if (done === 'fork') {
      names.push(`${name}0`, `${name}1`);
      continue;
    }
    timers += done.fired.timers;
    outbox.push(...done.effects.outbox);
    wakes.push(...done.wakes);
    if (done.fired.more) names.push(name);
  }
  return { timers, outbox, wakes };
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
