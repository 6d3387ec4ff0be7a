import { describe, expect, it } from 'vitest';
import { planOf } from '../../shared/streams/measures.ts';
import { addToSession } from '../../shared/streams/sessions.ts';
import { decodeState, type WindowState } from '../../shared/streams/state.ts';
import { type Lane, lanePath } from '../../shared/windows/lanes.ts';
import { carryChanges, type Neighbour } from './carry.ts';

const GAP = 10_000;
const slice = { pipeline: 'p', window: 'visits', shape: 's', start: GAP };
const spec = {
  name: 'visits',
  kind: 'session' as const,
  size: 10,
  lanes: 3,
  lateness: 0,
  retention: 0,
  key: [],
  values: {},
};

function laneOf(lane: Lane['lane'], fields: Partial<Lane> = {}): Lane {
  const instance = {
    ...slice,
    start: 0,
    end: GAP,
    version: 'v',
    spec,
    lateness: 5,
    retention: 7,
    lane,
    lanes: 3,
  };
  const state = { state: new Uint8Array(), chunks: [], sources: {}, live: true, uploaded: false };
  return {
    ...instance,
    ...state,
    commits: 1,
    events: 1,
    dirty: true,
    sealed: false,
    since: 3,
    changedAt: 4,
    ...fields,
  };
}

function sessions(count: number, length = 1): WindowState {
  const state: WindowState = new Map();
  const plan = planOf([]);
  for (let n = 0; n < count; n++)
    addToSession(state, plan, `visitor ${n}`.padEnd(length), {}, n, { source: 's', id: `${n}` });
  return state;
}

const next = (lanes: readonly Lane[], last = false): Neighbour => ({ slice, end: 2 * GAP, lanes, last });

describe('what goes on into the next slice', () => {
  it('makes its head and its carry, which is as live and stays as long as what it came from', () => {
    const [head, carry, ...more] = carryChanges([laneOf(0)], sessions(2), next([], true), 9);
    expect(more).toEqual([]);
    expect(head).toMatchObject({ path: lanePath(slice, 0), fields: { lanes: 3, dirty: false, shut: true } });
    expect(carry).toMatchObject({
      path: lanePath(slice, 'carry'),
      fields: { commits: 1, dirty: true, live: true, lateness: 5, retention: 7, chunks: [] },
    });
    expect(decodeState(carry!.fields!['state'] as Uint8Array).size).toBe(2);
  });

  it('is written no second time, but again where it is another, or nothing any more', () => {
    const [, first] = carryChanges([laneOf(0)], sessions(2), next([]), 9);
    const known = laneOf('carry', { commits: 4, digest: String(first!.fields!['digest']) });
    const after = next([laneOf(0), known]);
    expect(carryChanges([laneOf(0)], sessions(2), after, 9)).toEqual([]);
    expect(carryChanges([laneOf(0)], sessions(3), after, 9)).toMatchObject([{ fields: { commits: 5 } }]);
    expect(carryChanges([laneOf(0)], sessions(0), after, 9)).toMatchObject([
      { fields: { commits: 5, digest: '', chunks: [] } },
    ]);
    expect(carryChanges([laneOf(0)], sessions(0), next([]), 9)).toEqual([]);
  });

  it('lies in chunks where it outgrows a document, in place of those before', () => {
    const [head, carry, ...chunks] = carryChanges([laneOf(0)], sessions(2000, 250), next([]), 9);
    expect([head, carry].map(change => change!.path)).toEqual([lanePath(slice, 0), lanePath(slice, 'carry')]);
    expect(chunks.length).toBe((carry!.fields!['chunks'] as string[]).length);
    const names = carry!.fields!['chunks'] as string[];
    const known = laneOf('carry', { ...slice, chunks: names, digest: String(carry!.fields!['digest']) });
    const shrunk = carryChanges([laneOf(0)], sessions(1), next([laneOf(0), known]), 9);
    expect(shrunk.filter(({ fields }) => !fields)).toHaveLength(names.length);
  });

  it('is refused in words where a transaction does not take it', () => {
    expect(() => carryChanges([laneOf(0)], sessions(24_000, 250), next([]), 9)).toThrow(
      /^24000 sessions of visits in p go on at 1970-01-01T00:00:10.000Z: \d+ bytes, and a transaction takes 5242880/,
    );
    expect(() => carryChanges([laneOf(0)], sessions(1), next([laneOf(0, { sealed: true })]), 9)).toThrow(
      'is sealed',
    );
  });
});
