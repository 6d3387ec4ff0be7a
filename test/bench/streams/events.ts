/** What a bench of windows counts: as it stands in memory once it has been parsed. */
export interface Reading {
  readonly source: string;
  readonly id: string;
  /** ms since the epoch. */
  readonly time: number;
  readonly key: string;
  readonly value: number;
}

const START = Date.UTC(2026, 10, 20);
/** A million an hour. */
const APART_MS = 3.6;
/** Out of order by so much. */
const JITTER_MS = 5000;

/** A prime, so that its multiples come to every key before they come to one again. */
const STRIDE = 7_368_787;

/**
 * Readings nearly in the order of their times, the same at every run.
 * @param keys taken at random; where there are as many as readings, each has one of its own, in no order
 */
export function readings(count: number, keys: number, apartMs = APART_MS): Reading[] {
  let state = 1;
  // A linear congruential generator (Numerical Recipes).
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const names = Array.from({ length: keys }, (_, n) => `sensor-${n}`);
  return Array.from({ length: count }, (_, n) => ({
    source: '/bench',
    id: String(n),
    time: START + Math.floor(n * apartMs + random() * JITTER_MS),
    key: names[keys < count ? Math.floor(random() * keys) : (n * STRIDE) % keys]!,
    value: Math.floor(random() * 1000) / 10,
  }));
}

/** As events travel: a CloudEvent of 291 bytes. */
export function lineOf({ source, id, time, key, value }: Reading): string {
  const event = {
    specversion: '1.0',
    id: id.padStart(9, '0'),
    source,
    type: 'reading',
    time: new Date(time).toISOString(),
    partitionkey: key.padEnd(12),
    data: { sensor: key.padEnd(12), value: value.toFixed(1).padStart(5), unit: 'C', note: '' },
  };
  event.data.note = 'x'.repeat(LINE_BYTES - JSON.stringify(event).length);
  return JSON.stringify(event);
}

const LINE_BYTES = 291;
