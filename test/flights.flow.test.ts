import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { flat, struct, tableOf } from '../functions/ingest/formats/parquet/testkit.ts';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

/** More for a campaign: MILLRACE_FLIGHTS=200000. */
const FLIGHTS = Number(process.env['MILLRACE_FLIGHTS'] ?? 3_000);
const DATA = resolve(ROOT, 'node_modules/vega-datasets/data');

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

let millrace: TestSuite;
beforeEach(async () => {
  millrace = await startTestSuite({ pipelines: resolve(ROOT, 'pipelines') });
});
afterEach(async () => {
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

it('flights in Parquet are counted by the same pipeline', async () => {
  const rows = await parquetRows(FLIGHTS);
  const id = await millrace.upload('flights/flights.parquet', rows.file);
  expect(await millrace.settled(id)).toMatchObject({
    state: 'done',
    format: 'parquet',
    counts: { records: rows.flights.length, accepted: rows.flights.length, rejected: 0, late: 0 },
  });
  expect(await counted()).toEqual(oracle(rows.flights));
}, 600_000);

/** TIMESTAMP(isAdjustedToUTC = false, MICROS), as the three million have it. */
const LOCAL_MICROSECONDS = struct([
  [
    8,
    'struct',
    struct([
      [1, 'bool', false],
      [2, 'struct', struct([[2, 'struct', struct([])]])],
    ]),
  ],
]);

/** The first flights of the three million, as a file of their own; all of them as the file they are. */
async function parquetRows(count: number): Promise<{ file: Uint8Array; flights: Flight[] }> {
  const bytes = readFileSync(resolve(DATA, 'flights-3m.parquet'));
  const rows = await parquetReadObjects({
    file: {
      byteLength: bytes.length,
      slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
    },
    compressors: { ZSTD: input => zstdDecompressSync(input) },
    rowEnd: count,
  });
  const flights = rows.map((row): Flight => {
    const { origin, destination } = row as unknown as Flight;
    const date = (row['date'] as Date).toISOString();
    return { date, delay: Number(row['delay']), distance: Number(row['distance']), origin, destination };
  });
  if (count >= 3_000_000) return { file: bytes, flights };
  const number = (name: 'delay' | 'distance') =>
    flat(
      name,
      'INT64',
      flights.map(flight => BigInt(flight[name])),
    );
  const airport = (name: 'origin' | 'destination') => {
    const column = flat(
      name,
      'BYTE_ARRAY',
      flights.map(flight => flight[name]),
      { converted: 0 },
    );
    return { ...column, leaf: { ...column.leaf, dictionary: true } };
  };
  const date = flat(
    'date',
    'INT64',
    flights.map(flight => BigInt(Date.parse(flight.date)) * 1000n),
    { logical: LOCAL_MICROSECONDS },
  );
  const columns = [date, number('delay'), number('distance'), airport('origin'), airport('destination')];
  return { file: tableOf(columns, { codec: 'zstd', pageRows: 500, groupRows: 1_200 }), flights };
}

it('flights are counted by day and origin, and the very late ones are alerts that know their airport', async () => {
  const all = JSON.parse(readFileSync(resolve(DATA, 'flights-20k.json'), 'utf8')) as Flight[];
  const flights = all.slice(0, FLIGHTS);
  const content = JSON.stringify(flights);
  const id = await millrace.upload('flights/flights-20k.json', content);
  expect(await millrace.settled(id)).toMatchObject({
    state: 'done',
    counts: { records: flights.length, accepted: flights.length, rejected: 0, late: 0 },
  });
  expect(await counted()).toEqual(oracle(flights));

  const { docs } = await millrace.firestore.collection('alerts').get();
  const titles = docs.map(alert => alert.get('title') as string).sort();
  const late = flights.filter(({ delay }) => delay >= 300);
  expect(titles.map(title => title.replace(/ \(.+\)/, ''))).toEqual(
    late.map(({ origin, destination, delay }) => `${origin} to ${destination}: ${delay} minutes late`).sort(),
  );
  expect(titles.filter(title => /^[A-Z]{3} \(\S.+\) to /.test(title))).toHaveLength(late.length);
}, 60_000);
