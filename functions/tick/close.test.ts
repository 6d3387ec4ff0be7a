import { expect, it } from 'vitest';
import { planOf } from '../../shared/streams/measures.ts';
import { addEvent, encodeState, type WindowState } from '../../shared/streams/state.ts';
import { type Lane, laneFields, lanePath } from '../../shared/windows/lanes.ts';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';
import { closeWindows } from './close.ts';

const HOUR = 3600_000;
const spec = { name: 'w', size: 3600, lateness: 0, retention: 60, lanes: 1, key: ['k'], values: {} };

/** An hour of so many keys, fed by an upload that is done. */
function laneOf(hour: number, keys: number): Lane {
  const state: WindowState = new Map();
  const identity = { source: 's', id: '1' };
  for (let key = 0; key < keys; key++) addEvent(state, planOf([]), `key ${key}`, {}, 0, identity);
  const instance = { pipeline: 'p', window: 'w', shape: 's', start: hour * HOUR };
  const times = { end: (hour + 1) * HOUR, lateness: 0, retention: 60_000, changedAt: 0, since: 0 };
  const what = { state: encodeState(state), chunks: [], sources: {}, live: false, uploaded: true };
  return {
    ...instance,
    ...times,
    ...what,
    spec,
    version: 'v',
    lane: 0,
    lanes: 1,
    commits: 1,
    events: keys,
    dirty: true,
    sealed: false,
  };
}

it('windows of very many keys are shown by fewer transactions at a time, each window once', async () => {
  const lanes = [10, 25_000, 25_000, 50_000, 10, 10].map((keys, hour) => laneOf(hour, keys));
  const documents = new Map<string, Fields>(lanes.map(lane => [lanePath(lane, 0), laneFields(lane)]));
  const shown: number[] = [];
  const run: RunTransaction = program => {
    let panes = 0;
    const result = program({
      read: async paths => paths.map(path => documents.get(path)),
      set: path => void (/Z$/.test(path) && panes++),
      update: () => {},
      delete: () => {},
    });
    return result.finally(() => shown.push(panes));
  };
  const situation = { watermark: undefined, sources: {}, uploadsOpen: false, now: HOUR };
  let rest = lanes;
  while (rest.length > 0) {
    const { panes, taken } = await closeWindows(run, rest, () => situation);
    expect(panes.length).toBe(taken);
    rest = rest.slice(taken);
  }
  expect(shown).toEqual([2, 1, 1, 2]);
});
