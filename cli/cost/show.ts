import type { Operation } from '../../emulators/meter/meter.ts';
import { TIME_SCALE } from '../../emulators/suite-address.ts';
import { bold, column, count, dim, table, yellow } from '../terminal.ts';
import { type Cost, perMillion, SERVICES, type Service } from './cost.ts';
import type { Price, Prices } from './prices.ts';

/** Fewer say little: what a run costs however few come weighs too much in them. */
const FEW_EVENTS = 1000;
const NAMES: Readonly<Record<Service, string>> = {
  functions: 'functions',
  firestore: 'Firestore',
  pubsub: 'Pub/Sub',
  storage: 'Storage',
  tasks: 'Tasks',
  bigquery: 'BigQuery',
  eventarc: 'Eventarc',
};
const OPERATION_NAMES: Readonly<Record<Operation, string>> = {
  'functions.requests': 'functions: requests',
  'functions.vcpuSeconds': 'functions: vCPU-seconds',
  'functions.gibSeconds': 'functions: GiB-seconds',
  'firestore.reads': 'Firestore: reads',
  'firestore.writes': 'Firestore: writes',
  'firestore.deletes': 'Firestore: deletes',
  'pubsub.publishedBytes': 'Pub/Sub: bytes published',
  'pubsub.deliveredBytes': 'Pub/Sub: bytes delivered',
  'storage.classA': 'Storage: class A',
  'storage.classB': 'Storage: class B',
  'storage.free': 'Storage: free ones',
  'tasks.operations': 'Tasks: operations',
  'bigquery.insertedBytes': 'BigQuery: bytes inserted',
  'bigquery.writtenBytes': 'BigQuery: bytes written',
  'bigquery.scannedBytes': 'BigQuery: bytes scanned',
  'eventarc.events': 'Eventarc: events',
};

export interface Bill {
  readonly cost: Cost;
  readonly prices: Prices;
  /** That came in meanwhile. */
  readonly events: number;
  /** Schedules that there are. */
  readonly schedules: number;
}

/** Two tables, by operation and by who asked, and what they do not say. */
export function showBill({ cost, prices, events, schedules }: Bill): void {
  const { lines, accounts, usd } = cost;
  const million = (amount: number): string => {
    const found = perMillion(amount, events);
    return found === undefined ? '' : found === 0 ? '0' : found.toFixed(2);
  };
  const total = ['together', '', '', exact(usd), million(usd), ''];
  const byOperation = [
    ...lines.map(({ operation, amount, usd }) => [
      OPERATION_NAMES[operation],
      count(Math.round(amount * 10) / 10),
      priceText(operation, prices.operations[operation]),
      exact(usd),
      million(usd),
      prices.operations[operation].free,
    ]),
    total,
  ];
  print(
    ['operation', 'number', 'list price, $', 'this run, $', 'a million events, $', 'free'],
    byOperation,
    [1, 3, 4],
  );

  const used = SERVICES.filter(name => accounts.some(({ services }) => services[name] > 0));
  const byStep = accounts.map(({ payer, services, usd }) => [
    payer,
    ...used.map(name => (services[name] === 0 ? '' : exact(services[name]))),
    exact(usd),
    million(usd),
  ]);
  console.log('');
  print(
    ['by', ...used.map(name => `${NAMES[name]}, $`), 'this run, $', 'a million events, $'],
    byStep,
    used.map((_, at) => at + 1).concat(used.length + 1, used.length + 2),
  );

  const perMillionEvents = perMillion(usd, events);
  const extrapolated =
    perMillionEvents === undefined
      ? 'No events came in, so there is nothing to reckon a million from.'
      : `A million events like these ${count(events)}: ${bold(`$${perMillionEvents.toFixed(2)}`)}`;
  console.log(`\nThis run: ${bold(`$${exact(usd)}`)}. ${extrapolated}`);
  if (events > 0 && events < FEW_EVENTS) {
    console.log(yellow(`${count(events)} events are few: what a run costs anyway weighs too much in them.`));
  }
  console.log(dim(notesOn(prices, schedules).join('\n')));
}

const exact = (usd: number): string => (usd === 0 ? '0' : usd.toFixed(6));

function priceText(operation: Operation, { usd, per }: Price): string {
  if (usd === 0) return 'free';
  if (operation.endsWith('Bytes')) return `${usd} a TiB`;
  return per === 1 ? usd.toFixed(7).replace(/0+$/, '') : `${usd} for ${count(per)}`;
}

function notesOn({ date, region, firestore, monthly }: Prices, schedules: number): string[] {
  const { usd, free } = monthly['scheduler.jobs'];
  return [
    `List prices of ${date} for ${region}, Firestore in ${firestore}; what is free is not taken off.`,
    `To it comes Cloud Scheduler, $${usd.toFixed(2)} a month for each of ${schedules} (free: ${free}), and what is stored.`,
    `Times of functions are this machine's; schedules run ${TIME_SCALE} times as often here. See docs/cost.md.`,
  ];
}

function print(heading: readonly string[], rows: readonly string[][], numbers: readonly number[]): void {
  const all = [heading, ...rows];
  const columns = heading.map((_, at) => {
    const cells = all.map(row => row[at] ?? '');
    return numbers.includes(at) ? column(cells) : cells;
  });
  const [head = [], ...body] = all.map((_, row) => columns.map(cells => cells[row] ?? ''));
  console.log(table(head, body));
}
