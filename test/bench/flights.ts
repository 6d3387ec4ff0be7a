import { createWriteStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import type { Generated } from './generate.ts';

const FLIGHTS = resolve(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');
/** Rows decoded at a time. */
const ROWS = 50_000;
/** The pipeline's rule `very-late`. */
const ALERT_MINUTES = 300;

export interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** The first flights of the three million, which come in the order of their times, read without any code of ours. */
export async function* flights(count: number): AsyncGenerator<Flight[]> {
  const bytes = readFileSync(FLIGHTS);
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
  for (let from = 0; from < count; from += ROWS) {
    const rows = await parquetReadObjects({
      file,
      compressors: { ZSTD: input => zstdDecompressSync(input) },
      rowStart: from,
      rowEnd: Math.min(from + ROWS, count),
    });
    if (rows.length === 0) return;
    yield rows.map(row => ({
      date: (row['date'] as Date).toISOString().slice(0, 19),
      delay: Number(row['delay']),
      distance: Number(row['distance']),
      origin: row['origin'] as string,
      destination: row['destination'] as string,
    }));
  }
}

/**
 * Writes them as NDJSON of the pipeline `flights`.
 * @returns what an independent count over them says
 */
export async function writeFlights(file: string, count: number): Promise<Generated> {
  let [events, bytes, alerts, sum] = [0, 0, 0, 0];
  async function* blocks(): AsyncGenerator<string> {
    for await (const some of flights(count)) {
      events += some.length;
      for (const { delay } of some) {
        sum += delay;
        if (delay >= ALERT_MINUTES) alerts++;
      }
      const block = some.map(flight => `${JSON.stringify(flight)}\n`).join('');
      bytes += Buffer.byteLength(block);
      yield block;
    }
  }
  await pipeline(blocks, createWriteStream(file));
  return { pipeline: 'flights', measure: 'delay', events, bytes, alerts, sum };
}
