import type { JournalRecord } from './journal.ts';
import type { SubscriptionConfig, TopicConfig } from './types.ts';

/** What a subscription's messages have been through, by message sequence. */
export interface History {
  config: SubscriptionConfig;
  readonly left: Set<number>;
  readonly failures: Map<number, number>;
  /** Messages up to here are held only if {@link holds} says so. */
  upTo: number;
  readonly holds: Set<number>;
}

export interface Recovered {
  readonly topics: Map<string, TopicConfig>;
  readonly subscriptions: Map<number, History>;
  reserved: number;
  nextSubscription: number;
}

/** Folds a journal into the state at its end. */
export function recover(records: Iterable<JournalRecord>): Recovered {
  const state: Recovered = { topics: new Map(), subscriptions: new Map(), reserved: 0, nextSubscription: 1 };
  for (const record of records) apply(state, record);
  return state;
}

/** Whether a subscription still holds a message. */
export function holds(history: History, sequence: number): boolean {
  if (history.left.has(sequence)) return false;
  return sequence > history.upTo || history.holds.has(sequence);
}

function apply(state: Recovered, record: JournalRecord): void {
  const { topics, subscriptions } = state;
  if ('topic' in record) topics.set(record.topic.name, record.topic);
  else if ('deletedTopic' in record) topics.delete(record.deletedTopic);
  else if ('deletedSubscription' in record) subscriptions.delete(record.deletedSubscription);
  else if ('reserved' in record) {
    state.reserved = record.reserved;
    state.nextSubscription = Math.max(state.nextSubscription, record.subscriptions);
  } else if ('subscription' in record) {
    const known = subscriptions.get(record.in);
    if (known) known.config = record.subscription;
    else subscriptions.set(record.in, begin(record.subscription));
    state.nextSubscription = Math.max(state.nextSubscription, record.in + 1);
  } else {
    const history = subscriptions.get(record.in);
    if (history) tell(history, record);
  }
}

function tell(
  history: History,
  record: Extract<JournalRecord, { left: unknown } | { failed: unknown } | { holds: unknown }>,
): void {
  if ('left' in record) for (const sequence of record.left) history.left.add(sequence);
  else if ('failed' in record) {
    for (const sequence of record.failed) {
      history.failures.set(sequence, (history.failures.get(sequence) ?? 0) + 1);
    }
  } else {
    history.upTo = record.upTo;
    for (const [sequence, failures] of record.holds) {
      history.holds.add(sequence);
      if (failures > 0) history.failures.set(sequence, failures);
    }
  }
}

const begin = (config: SubscriptionConfig): History => ({
  config,
  left: new Set(),
  failures: new Map(),
  upTo: -1,
  holds: new Set(),
});
