import { beforeAll, describe, expect, it } from 'vitest';
import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowPlan } from '../../shared/pipelines/plan.ts';
import { CHUNK_BYTES, splitChunk } from '../../shared/streams/chunks.ts';
import type { ShownKeys } from '../../shared/streams/showing.ts';
import { addEvent, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { contentOfState } from '../../shared/windows/content.ts';
import { chunkPath, type Lane, lanePath } from '../../shared/windows/lanes.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import { contentOf } from './content.ts';

/** A million for a campaign: MILLRACE_KEYS=1000000. */
const KEYS = Number(process.env['MILLRACE_KEYS'] ?? 3000);
/** Chunks of a small state are small, yet count as full ones. */
const [CHUNK, AT_ONCE] = KEYS > 100_000 ? [CHUNK_BYTES, undefined] : [8 * 1024, 2 * CHUNK_BYTES];
const EVENTS = Array.from({ length: KEYS }, (_, key) => (key % 50) + 1).reduce((sum, own) => sum + own, 0);
const LANES = 2;
const FEW = 9;
const WINDOW = { start: 0, end: 3600_000 };
const SPEC: WindowSpec = {
  ...{ name: 'w', size: 3600, lateness: 0, retention: 60, lanes: LANES, key: ['k'], values: {} },
  measures: { hot: { of: 'decay', halfLife: 60 } },
};

/** Each lane knows each key: of key n, n % 50 + 1 events in all. */
function stateOf(lane: number): WindowState {
  const state: WindowState = new Map();
  for (let key = 0; key < KEYS; key++) {
    const events = Math.ceil(((key % 50) + 1 - lane) / LANES);
    for (let event = 0; event < events; event++) {
      addEvent(state, windowPlan(SPEC), `key ${key}`, {}, key, { source: 's', id: `${event}` });
    }
  }
  return state;
}

/** A few events of the first keys. */
function fewOf(): WindowState {
  const state: WindowState = new Map();
  for (let key = 0; key < FEW; key++)
    addEvent(state, windowPlan(SPEC), `key ${key}`, {}, 7, { source: 't', id: '1' });
  return state;
}

let lanes: Lane[];
let largest = 0;
const documents = new Map<string, Fields>();
const transaction: Transaction = {
  read: async paths => {
    largest = Math.max(largest, paths.length);
    return paths.map(path => documents.get(path));
  },
  set: () => {},
  update: () => {},
  delete: () => {},
};

beforeAll(() => {
  lanes = Array.from({ length: LANES + 1 }, (_, lane): Lane => {
    const slice = { pipeline: 'p', window: 'w', shape: 's', start: 0 };
    // One of the lanes is small, so that it lies in one piece.
    const pieces = splitChunk('', lane < LANES ? stateOf(lane) : fewOf(), CHUNK);
    const inline = pieces.find(({ name }) => name === '');
    const path = lanePath(slice, lane);
    for (const { name, bytes } of inline ? [] : pieces)
      documents.set(chunkPath(path, name), { state: bytes });
    const times = { end: WINDOW.end, lateness: 0, retention: 60_000, changedAt: 0, since: 0 };
    const what = {
      state: inline?.bytes ?? new Uint8Array(),
      sources: {},
      live: true,
      uploaded: false,
      dirty: true,
    };
    const counted = { commits: 1, events: KEYS, sealed: false };
    const chunks = inline ? [] : pieces.map(({ name }) => name);
    return { ...slice, ...times, ...what, ...counted, spec: SPEC, version: 'v', lane, lanes: LANES, chunks };
  });
}, 600_000);

const byKey = (keys: ShownKeys['keys']) => [...keys].sort(([a], [b]) => (a < b ? -1 : 1));

describe(`what a pane says of ${KEYS} keys`, () => {
  const limits = { timeout: 600_000 };

  it(
    'is the same taken up part by part, also values that fade with the latest event of all keys',
    limits,
    async () => {
      const content = await contentOf(transaction, WINDOW, lanes, AT_ONCE);
      expect(largest).toBeLessThan(lanes[0]!.chunks.length);
      expect([content.count, content.keys.length + content.omitted]).toEqual([EVENTS + FEW, KEYS]);
      if (KEYS > 100_000) return;
      const whole: WindowState = new Map();
      for (const { lane } of lanes) mergeState(whole, Number(lane) < LANES ? stateOf(Number(lane)) : fewOf());
      const expected = contentOfState(whole, WINDOW, SPEC);
      expect({ ...content, keys: byKey(content.keys) }).toEqual({ ...expected, keys: byKey(expected.keys) });
    },
  );

  it('ranks the keys of all parts together', limits, async () => {
    const spec: WindowSpec = { ...SPEC, top: { by: { of: 'count' }, most: 3 } };
    const ranked = await contentOf(
      transaction,
      WINDOW,
      lanes.map(lane => ({ ...lane, spec })),
      AT_ONCE,
    );
    const best = Array.from({ length: KEYS }, (_, key) => `key ${key}`).filter((_, key) => key % 50 === 49);
    expect(ranked.keys.map(([key, { count }]) => [key, count])).toEqual(
      best
        .sort()
        .slice(0, 3)
        .map(key => [key, 50]),
    );
    expect([ranked.hidden, ranked.omitted]).toEqual([KEYS - 3, 0]);
  });
});
