import { causeNow, NOBODY, payerOf } from './cause.ts';

/** What is counted as it is billed; the unit is one operation unless the name says another. */
export const OPERATIONS = [
  'functions.requests',
  'functions.vcpuSeconds',
  'functions.gibSeconds',
  'firestore.reads',
  'firestore.writes',
  'firestore.deletes',
  'pubsub.publishedBytes',
  'pubsub.deliveredBytes',
  'storage.classA',
  'storage.classB',
  'storage.free',
  'tasks.operations',
  'bigquery.insertedBytes',
  'bigquery.writtenBytes',
  'bigquery.scannedBytes',
  'eventarc.events',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export type Counts = Readonly<Partial<Record<Operation, number>>>;
/** By who pays: the name of a step, or `clients`. */
export type CountsByPayer = Readonly<Record<string, Counts>>;

/** Counts billable operations by who asked for them. */
export class Meter {
  readonly #counts = new Map<string, Partial<Record<Operation, number>>>();

  /** @param payer who asked; whoever the present work is for unless told */
  count(operation: Operation, amount = 1, payer = payerOf(causeNow())): void {
    if (amount === 0 || payer === NOBODY) return;
    let counts = this.#counts.get(payer);
    if (!counts) {
      counts = {};
      this.#counts.set(payer, counts);
    }
    counts[operation] = (counts[operation] ?? 0) + amount;
  }

  /** Since the start. */
  get counts(): CountsByPayer {
    return Object.fromEntries([...this.#counts].map(([payer, counts]) => [payer, { ...counts }]));
  }
}
