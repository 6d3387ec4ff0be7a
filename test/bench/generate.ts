import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const WEEK_MS = 7 * 24 * 3600_000;
const START = Date.parse('2026-03-01T00:00:00Z');
const NETWORKS = ['ak', 'ci', 'hv', 'mb', 'nc', 'nm', 'nn', 'pr', 'se', 'us', 'uu', 'uw'];
/** Records of a feed are out of order by a little. */
const JITTER_MS = 10 * 60_000;

export interface Shape {
  /** In any order over the whole time, so that every batch touches every window, instead of nearly in the order of their times. */
  readonly scattered?: boolean;
  /** How many different keys there are, instead of the seismic networks. */
  readonly keys?: number;
  /** From when to when, ms; else a week of the past. */
  readonly from?: number;
  readonly until?: number;
}

/** A file to upload, and what must come out. */
export interface Generated {
  readonly pipeline: string;
  /** Of the pipeline's window. */
  readonly measure: string;
  readonly events: number;
  readonly bytes: number;
  readonly alerts: number;
  /** Of the measure over all events, to the tenth. */
  readonly sum: number;
}

interface Quake {
  readonly tenths: number;
  readonly line: string;
}

function* quakes(
  events: number,
  { scattered = false, keys, from = START, until = START + WEEK_MS }: Shape,
): Generator<Quake> {
  let state = 1;
  // A linear congruential generator (Numerical Recipes): good enough to shuffle, and seeded.
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const span = until - from - JITTER_MS;
  for (let n = 0; n < events; n++) {
    const offset = scattered ? random() * span : (n / events) * span + random() * JITTER_MS;
    const tenths = random() < 0.001 ? 50 + Math.floor(random() * 20) : Math.floor(random() * 45);
    const key = Math.floor(random() * (keys ?? NETWORKS.length));
    const line = JSON.stringify({
      type: 'Feature',
      properties: {
        mag: tenths / 10,
        place: `${n % 97} km from somewhere, CA`,
        time: Math.floor(from + offset),
        status: 'automatic',
        net: keys === undefined ? NETWORKS[key] : `n${key}`,
        magType: 'ml',
        type: 'earthquake',
      },
      geometry: { type: 'Point', coordinates: [-118.66, 34.49, Math.floor(random() * 1000) / 10] },
      id: `g${n}`,
    });
    yield { tenths, line };
  }
}

/** Earthquakes that never were, as JSON texts: the same at every run. */
export function* quakeLines(events: number, shape: Shape = {}): Generator<string> {
  for (const { line } of quakes(events, shape)) yield line;
}

/**
 * Writes them as NDJSON of the pipeline `quakes`.
 * @returns what an independent count over them says
 */
export async function generateQuakes(file: string, events: number, shape: Shape = {}): Promise<Generated> {
  let bytes = 0;
  let alerts = 0;
  let total = 0;
  async function* blocks(): AsyncGenerator<string> {
    let block = '';
    for (const { tenths, line } of quakes(events, shape)) {
      if (tenths >= 50) alerts++;
      total += tenths;
      block += `${line}\n`;
      if (block.length <= 65_536) continue;
      bytes += block.length;
      yield block;
      block = '';
    }
    bytes += block.length;
    yield block;
  }
  await pipeline(blocks, createWriteStream(file));
  return { pipeline: 'quakes', measure: 'magnitude', events, bytes, alerts, sum: total / 10 };
}
