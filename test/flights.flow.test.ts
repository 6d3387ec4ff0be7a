import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const DATA = resolve(ROOT, 'node_modules/vega-datasets/data');

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

let millrace: TestSuite;
beforeAll(async () => {
  millrace = await startTestSuite({ pipelines: resolve(ROOT, 'pipelines') });
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
});

type Sums = Record<string, Record<string, { count: number; delay: number; distance: number }>>;

/** Added up without any code of ours: day → origin → sums. Whole numbers, so that the order does not matter. */
function oracle(flights: readonly Flight[]): Sums {
  const sums: Sums = {};
  for (const { date, delay, distance, origin } of flights) {
    sums[date.slice(0, 10).replaceAll('/', '-')] ??= {};
    const day = sums[date.slice(0, 10).replaceAll('/', '-')]!;
    day[origin] ??= { count: 0, delay: 0, distance: 0 };
    day[origin].count++;
    day[origin].delay += delay;
    day[origin].distance += distance;
  }
  return sums;
}

async function counted(): Promise<Sums> {
  const panes = await millrace.panes('flights');
  return Object.fromEntries(
    [...panes].map(([start, keys]) => [
      start.slice(0, 10),
      Object.fromEntries(
        Object.entries(keys).map(([origin, { count, delay, distance }]) => [
          origin,
          { count, delay: (delay as { sum: number }).sum, distance: (distance as { sum: number }).sum },
        ]),
      ),
    ]),
  );
}

it('20,000 flights are counted by day and origin, and the very late ones are alerts that know their airport', async () => {
  const content = readFileSync(resolve(DATA, 'flights-20k.json'), 'utf8');
  const flights = JSON.parse(content) as Flight[];
  const id = await millrace.upload('flights/flights-20k.json', content);
  expect(await millrace.settled(id)).toMatchObject({
    state: 'done',
    counts: { records: 20_000, accepted: 20_000, rejected: 0, late: 0 },
  });
  expect(await counted()).toEqual(oracle(flights));

  const { docs } = await millrace.firestore.collection('alerts').get();
  const titles = docs.map(alert => alert.get('title') as string).sort();
  const late = flights.filter(({ delay }) => delay >= 300);
  expect(titles.map(title => title.replace(/ \(.+\)/, ''))).toEqual(
    late.map(({ origin, destination, delay }) => `${origin} to ${destination}: ${delay} minutes late`).sort(),
  );
  expect(titles.filter(title => /^[A-Z]{3} \(\S.+\) to /.test(title))).toHaveLength(late.length);
});
