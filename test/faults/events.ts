import type { OutgoingMessage } from '../../shared/batches/codec.ts';

export const PIPELINE = 'quakes';
const START = Date.parse('2026-03-01T00:00:00Z');
/** Less than the lateness of the pipeline's windows: however late a delivery is, no event is late by its time. */
const SPAN_MS = 12 * 3600_000;
const NETWORKS = ['ak', 'ci', 'hv', 'mb', 'nc', 'nm', 'nn', 'pr', 'se', 'us', 'uu', 'uw'];
const LIVE_BATCH = 50;
/** Of a hundred events so many stand up to {@link REACH} places behind theirs. */
const REORDERED = 30;
const REACH = 500;
/** Of a hundred live messages so many are published twice, as by a publisher whose first try seemed to fail. */
const REPEATED = 20;

export interface Quake {
  readonly id: string;
  /** ms since the epoch; no two have the same. */
  readonly time: number;
  readonly network: string;
  readonly tenths: number;
  /** Breaks the pipeline's schema. */
  readonly poison: boolean;
}

export interface Workload {
  /** Every event once: what the oracle counts. */
  readonly events: readonly Quake[];
  /** Half of them as NDJSON, to be uploaded. */
  readonly file: string;
  readonly inFile: number;
  /** The others as messages of up to 50 CloudEvents for events-raw, some of them twice. */
  readonly messages: readonly OutgoingMessage[];
}

/** Earthquakes of half a day, out of order, every two-hundredth broken; the same for the same seed. */
export function workloadOf(count: number, seed: number): Workload {
  const random = generator(seed);
  const step = SPAN_MS / count;
  const events = Array.from({ length: count }, (_, n): Quake => {
    const strong = random() < 0.001;
    return {
      id: `f${n}`,
      time: START + Math.floor((n + random()) * step),
      network: NETWORKS[Math.floor(random() * NETWORKS.length)]!,
      tenths: strong ? 50 + Math.floor(random() * 20) : Math.floor(random() * 45),
      poison: random() < 0.005,
    };
  });
  const places = events.map((event, n) => ({
    event,
    place: n + (random() * 100 < REORDERED ? random() * REACH : 0),
  }));
  const inOrder = places.sort((a, b) => a.place - b.place).map(({ event }) => event);
  const uploaded = inOrder.filter((_, n) => n % 2 === 0);
  const live = inOrder.filter((_, n) => n % 2 === 1);
  return {
    events,
    file: uploaded.map(event => `${JSON.stringify(recordOf(event))}\n`).join(''),
    inFile: uploaded.length,
    messages: messagesOf(live).flatMap(message =>
      random() * 100 < REPEATED ? [message, message] : [message],
    ),
  };
}

/** Mulberry32: small, seeded, and good enough to shuffle. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A GeoJSON feature as the USGS publishes it. */
function recordOf({ id, time, network, tenths, poison }: Quake): object {
  return {
    id,
    type: 'Feature',
    properties: { mag: poison ? 'strong' : tenths / 10, place: 'somewhere', time, net: network },
    geometry: { type: 'Point', coordinates: [-118.66, 34.49, 10] },
  };
}

function messagesOf(events: readonly Quake[]): OutgoingMessage[] {
  return Array.from({ length: Math.ceil(events.length / LIVE_BATCH) }, (_, n) => {
    const batch = events.slice(n * LIVE_BATCH, (n + 1) * LIVE_BATCH).map(event => ({
      specversion: '1.0',
      id: event.id,
      source: '/stations',
      type: 'quake',
      data: recordOf(event),
    }));
    return {
      data: Buffer.from(JSON.stringify(batch)),
      attributes: { pipeline: PIPELINE, 'content-type': 'application/cloudevents-batch+json' },
    };
  });
}
