import { expect, test } from 'vitest';
import { printed } from '../testing.ts';
import { costOf } from './cost.ts';
import { loadPrices } from './prices.ts';
import { showBill } from './show.ts';

const caught = printed();

const prices = loadPrices();
const cost = costOf(
  {
    aggregate: { 'firestore.reads': 2000, 'functions.vcpuSeconds': 1.5 },
    clients: { 'pubsub.publishedBytes': 2 ** 30, 'eventarc.events': 3 },
  },
  prices,
);

test('a bill names every operation with its number, price and amount, and every step with its services', () => {
  showBill({ cost, prices, events: 10_000, schedules: 1 });
  expect(caught.out.split('\n').slice(0, 10)).toEqual([
    'operation                        number  list price, $     this run, $  a million events, $  free',
    'functions: vCPU-seconds             1.5  0.000024             0.000036                 0.00  180,000 a month',
    'Firestore: reads                  2,000  0.06 for 100,000     0.001200                 0.12  50,000 a day',
    'Pub/Sub: bytes published  1,073,741,824  40 a TiB             0.039063                 3.91  10 GiB a month',
    'Eventarc: events                      3  free                        0                    0  always',
    'together                                                      0.040299                 4.03',
    '',
    'by         functions, $  Firestore, $  Pub/Sub, $  this run, $  a million events, $',
    'clients                                  0.039063     0.039063                 3.91',
    'aggregate      0.000036      0.001200                 0.001236                 0.12',
  ]);
  expect(caught.out).toContain('This run: $0.040299. A million events like these 10,000: $4.03\n');
  expect(caught.out).toContain('List prices of 2026-11-21 for us-central1, Firestore in nam5');
  expect(caught.out).not.toContain('few');
  expect(Math.max(...caught.out.split('\n').map(line => line.length))).toBeLessThanOrEqual(120);
});

test('few events are said to be a weak ground, none to be no ground at all', () => {
  showBill({ cost, prices, events: 999, schedules: 1 });
  expect(caught.out).toContain('999 events are few');
  caught.out = '';
  showBill({ cost, prices, events: 0, schedules: 1 });
  expect(caught.out).toContain('No events came in, so there is nothing to reckon a million from.');
});
