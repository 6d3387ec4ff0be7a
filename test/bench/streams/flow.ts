import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type FlowFigures, flow } from '../flow.ts';
import type { Generated } from '../generate.ts';
import { compare, totalsOf } from './compare.ts';
import { type Reading, readings } from './events.ts';

export const PIPELINES = resolve(import.meta.dirname, 'pipelines');
const DAY_MS = 24 * 3600_000;
const AT_ONCE = 10_000;

/** A day of readings through the whole pipeline, as an upload to a suite of its own. */
export async function keysFlow(events: number, keys: number): Promise<FlowFigures> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const file = join(dir, 'readings.ndjson');
    const all = readings(events, keys, DAY_MS / events);
    const generated = await write(file, all);
    const totals = totalsOf(all);
    return await flow(file, generated, PIPELINES, firestore =>
      compare(firestore, generated.pipeline, totals),
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function write(file: string, all: readonly Reading[]): Promise<Generated> {
  let bytes = 0;
  let tenths = 0;
  function* blocks(): Generator<string> {
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = all.slice(at, at + AT_ONCE);
      for (const { value } of some) tenths += Math.round(value * 10);
      const block = some
        .map(({ time, key, value }) => `{"at":${time},"sensor":"${key}","value":${value}}\n`)
        .join('');
      bytes += block.length;
      yield block;
    }
  }
  await pipeline(blocks, createWriteStream(file));
  return { pipeline: 'keys', measure: 'value', events: all.length, bytes, alerts: 0, sum: tenths / 10 };
}
