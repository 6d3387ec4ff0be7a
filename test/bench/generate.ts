import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const WEEK_MS = 7 * 24 * 3600_000;
const START = Date.parse('2026-03-01T00:00:00Z');
const NETWORKS = ['ak', 'ci', 'hv', 'mb', 'nc', 'nm', 'nn', 'pr', 'se', 'us', 'uu', 'uw'];

export interface Generated {
  readonly events: number;
  readonly bytes: number;
  /** What must come out: events of a magnitude of 5 or more. */
  readonly alerts: number;
  /** Sum of all magnitudes, in tenths. */
  readonly tenths: number;
}

/**
 * Writes earthquakes that never were, as NDJSON of the pipeline `quakes`: in any order over one week, the same at every run.
 * @returns what an independent count over them says
 */
export async function generateQuakes(file: string, events: number): Promise<Generated> {
  let state = 1;
  // A linear congruential generator (Numerical Recipes): good enough to shuffle, and seeded.
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let bytes = 0;
  let alerts = 0;
  let total = 0;
  async function* lines(): AsyncGenerator<string> {
    let block = '';
    for (let n = 0; n < events; n++) {
      const tenths = random() < 0.001 ? 50 + Math.floor(random() * 20) : Math.floor(random() * 45);
      if (tenths >= 50) alerts++;
      total += tenths;
      block += `${JSON.stringify({
        type: 'Feature',
        properties: {
          mag: tenths / 10,
          place: `${n % 97} km from somewhere, CA`,
          time: START + Math.floor(random() * WEEK_MS),
          status: 'automatic',
          net: NETWORKS[Math.floor(random() * NETWORKS.length)],
          magType: 'ml',
          type: 'earthquake',
        },
        geometry: { type: 'Point', coordinates: [-118.66, 34.49, Math.floor(random() * 1000) / 10] },
        id: `g${n}`,
      })}\n`;
      if (block.length > 65_536 || n === events - 1) {
        bytes += block.length;
        yield block;
        block = '';
      }
    }
  }
  await pipeline(lines, createWriteStream(file));
  return { events, bytes, alerts, tenths: total };
}
