import type { Counts, CountsByPayer, Operation } from '../../emulators/meter/meter.ts';
import type { Prices } from './prices.ts';

/** The first part of an operation's name. */
export type Service = 'functions' | 'firestore' | 'pubsub' | 'storage' | 'tasks' | 'bigquery' | 'eventarc';
export const SERVICES: readonly Service[] = [
  'functions',
  'firestore',
  'pubsub',
  'storage',
  'tasks',
  'bigquery',
  'eventarc',
];

/** One kind of operation, of everybody together. */
export interface Line {
  readonly operation: Operation;
  readonly amount: number;
  readonly usd: number;
}

/** One step, or those outside. */
export interface Account {
  readonly payer: string;
  readonly operations: Counts;
  readonly services: Readonly<Record<Service, number>>;
  readonly usd: number;
}

export interface Cost {
  readonly lines: readonly Line[];
  /** The dearest first. */
  readonly accounts: readonly Account[];
  /** Of the run. */
  readonly usd: number;
}

export const serviceOf = (operation: Operation): Service => operation.split('.')[0] as Service;

/** What operations cost by a list of prices, in US dollars; nothing is free but what has no price. */
export function costOf(counts: CountsByPayer, { operations: prices }: Prices): Cost {
  const usdOf = (operation: Operation, amount: number): number =>
    (amount / prices[operation].per) * prices[operation].usd;
  const amounts = new Map<Operation, number>();
  const accounts = Object.entries(counts).map(([payer, operations]) => {
    const services = Object.fromEntries(SERVICES.map(name => [name, 0])) as Record<Service, number>;
    for (const [operation, amount] of entriesOf(operations)) {
      services[serviceOf(operation)] += usdOf(operation, amount);
      amounts.set(operation, (amounts.get(operation) ?? 0) + amount);
    }
    return { payer, operations, services, usd: sum(Object.values(services)) };
  });
  const lines = [...amounts].map(([operation, amount]) => ({
    operation,
    amount,
    usd: usdOf(operation, amount),
  }));
  return {
    lines: lines.sort(
      (a, b) => SERVICES.indexOf(serviceOf(a.operation)) - SERVICES.indexOf(serviceOf(b.operation)),
    ),
    accounts: accounts.sort((a, b) => b.usd - a.usd),
    usd: sum(accounts.map(({ usd }) => usd)),
  };
}

/** What a million events would cost, had each cost as much as these; undefined without any. */
export const perMillion = (usd: number, events: number): number | undefined =>
  events > 0 ? (usd / events) * 1_000_000 : undefined;

const entriesOf = (counts: Counts): [Operation, number][] => Object.entries(counts) as [Operation, number][];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
