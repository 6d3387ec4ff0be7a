import { expect, test } from 'vitest';
import { OPERATIONS } from '../../emulators/meter/meter.ts';
import { costOf, perMillion, SERVICES, serviceOf } from './cost.ts';
import { loadPrices } from './prices.ts';

const prices = loadPrices();

test('everything that is counted has a price or is said to be free, and nothing else has', () => {
  expect(Object.keys(prices.operations).sort()).toEqual([...OPERATIONS].sort());
  for (const { usd, free } of Object.values(prices.operations)) expect(usd === 0).toBe(free === 'always');
  expect(OPERATIONS.map(serviceOf).filter(service => !SERVICES.includes(service))).toEqual([]);
});

test('prices are as they were on their date: what changes them changes this line as well', () => {
  expect(prices.date).toBe('2026-11-21');
  expect(Object.entries(prices.operations).map(([name, { usd, per }]) => `${name} ${usd}/${per}`)).toEqual([
    'functions.requests 0.4/1000000',
    'functions.vcpuSeconds 0.000024/1',
    'functions.gibSeconds 0.0000025/1',
    'firestore.reads 0.06/100000',
    'firestore.writes 0.18/100000',
    'firestore.deletes 0.02/100000',
    'pubsub.publishedBytes 40/1099511627776',
    'pubsub.deliveredBytes 40/1099511627776',
    'storage.classA 0.005/1000',
    'storage.classB 0.0004/1000',
    'storage.free 0/1',
    'tasks.operations 0.4/1000000',
    'bigquery.insertedBytes 51.2/1099511627776',
    'bigquery.writtenBytes 25.6/1099511627776',
    'bigquery.scannedBytes 6.25/1099511627776',
    'eventarc.events 0/1',
  ]);
});

test('a run costs what a hand computes', () => {
  const cost = costOf(
    {
      // 0.06 + 0.036 + 0.024 + 0.00025
      aggregate: {
        'firestore.reads': 100_000,
        'firestore.writes': 20_000,
        'functions.vcpuSeconds': 1000,
        'functions.gibSeconds': 100,
      },
      // 2 x 40 / 1024, 0.05
      ingest: { 'pubsub.publishedBytes': 2 ** 31, 'storage.classA': 10_000, 'storage.free': 7 },
      // 0.4 / 4, 0.002
      clients: { 'tasks.operations': 250_000, 'firestore.deletes': 10_000, 'eventarc.events': 9 },
    },
    prices,
  );
  expect(cost.accounts.map(({ payer, usd }) => [payer, Number(usd.toFixed(6))])).toEqual([
    ['ingest', 0.128125],
    ['aggregate', 0.12025],
    ['clients', 0.102],
  ]);
  expect(cost.usd).toBeCloseTo(0.350375, 9);
  expect(cost.accounts[1]!.services).toEqual({
    functions: expect.closeTo(0.02425, 9),
    firestore: expect.closeTo(0.096, 9),
    pubsub: 0,
    storage: 0,
    tasks: 0,
    bigquery: 0,
    eventarc: 0,
  });
  expect(cost.lines.find(({ operation }) => operation === 'storage.free')).toEqual({
    operation: 'storage.free',
    amount: 7,
    usd: 0,
  });
  expect(perMillion(cost.usd, 100_000)).toBeCloseTo(3.50375, 6);
});

test('operations of several are summed up, and by service', () => {
  const { lines, usd } = costOf({ a: { 'firestore.reads': 3 }, b: { 'firestore.reads': 4 } }, prices);
  expect(lines).toEqual([{ operation: 'firestore.reads', amount: 7, usd: expect.closeTo(0.0000042, 12) }]);
  expect(usd).toBeCloseTo(0.0000042, 12);
});

test('without events there is nothing to reckon up', () => {
  expect(perMillion(1, 0)).toBeUndefined();
  expect(costOf({}, prices)).toEqual({ lines: [], accounts: [], usd: 0 });
});
