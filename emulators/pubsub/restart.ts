import type { Ids } from './ids.ts';
import type { Journal, JournalRecord } from './journal.ts';
import type { MessageStore } from './messages.ts';
import type { SubscriptionQueue } from './queue.ts';
import { holds, recover } from './recovery.ts';
import type { Registry } from './registry.ts';

/** All that a broker keeps over a restart. */
interface Kept {
  readonly ids: Ids;
  readonly registry: Registry;
  readonly messages: MessageStore;
}

/** Brings back what a former process left in its folder. */
export function restart({ ids, registry, messages }: Kept, journal: Journal, now: number): void {
  const former = recover(journal.read());
  registry.nextNumber = former.nextSubscription;
  ids.skipTo(former.reserved);
  for (const config of former.topics.values()) registry.restoreTopic(config);
  const queues = new Map<number, SubscriptionQueue>();
  for (const [number, { config }] of former.subscriptions) {
    queues.set(number, registry.restoreSubscription(number, config).queue);
  }
  messages.recover((held, holders) => {
    const needing = holders.filter(number => {
      const history = former.subscriptions.get(number);
      return history !== undefined && holds(history, held.sequence);
    });
    held.holders = needing.length;
    ids.skipTo(held.sequence + 1);
    for (const number of needing) {
      const failures = former.subscriptions.get(number)!.failures.get(held.sequence) ?? 0;
      queues.get(number)!.push(held, failures, now);
    }
    return needing.length > 0;
  });
  journal.rewrite(snapshot(ids, registry));
}

/** The journal that says what is, not how it came about. */
export function* snapshot(ids: Ids, registry: Registry): Generator<JournalRecord> {
  yield { reserved: ids.bound, subscriptions: registry.nextNumber };
  for (const { config } of registry.topics) yield { topic: config };
  const upTo = ids.last;
  for (const { number, queue } of registry.subscriptions) {
    yield { subscription: queue.config, in: number };
    const held = [...queue.entries()].map(entry => [entry.held.sequence, entry.failures] as const);
    yield { upTo, holds: held, in: number };
  }
}
