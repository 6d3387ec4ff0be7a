import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from './measures.ts';
import { addToSession, splitSessions } from './sessions.ts';
import { sliceStart } from './slices.ts';
import { decodeState, encodeState, mergeState, type WindowState } from './state.ts';

const GAP = 10;
const PLAN = planOf([]);
const event = fc.record({ key: fc.constantFrom('a', 'b', 'c'), time: fc.integer({ min: -40, max: 120 }) });
type Event = { readonly key: string; readonly time: number };

/** Slices by start, dealt out to lanes as batches are, and merged again. */
function slicesOf(events: readonly Event[], lanes: number): Map<number, WindowState> {
  const dealt = events.map((event, at) => ({ ...event, lane: at % lanes }));
  const slices = new Map<number, WindowState>();
  for (let lane = 0; lane < lanes; lane++) {
    const own = new Map<number, WindowState>();
    for (const { key, time } of dealt.filter(event => event.lane === lane)) {
      const start = sliceStart(time, GAP);
      const slice: WindowState = own.get(start) ?? new Map();
      own.set(start, slice);
      addToSession(slice, PLAN, key, {}, time, { source: '', id: '' });
    }
    for (const [start, state] of own) {
      const slice: WindowState = slices.get(start) ?? new Map();
      slices.set(start, slice);
      mergeState(slice, decodeState(encodeState(state)));
    }
  }
  return slices;
}

/** `key first last count` of every session, slice by slice. */
function sessionsOf(slices: ReadonlyMap<number, WindowState>): string[] {
  const found: string[] = [];
  let carried: WindowState = new Map();
  for (let start = -50; start <= 150; start += GAP) {
    const split = splitSessions(carried, slices.get(start) ?? new Map(), start + GAP, GAP);
    carried = split.carried;
    for (const [key, { times, count }] of split.ended) {
      expect(times!.last + GAP).toBeGreaterThan(start);
      expect(times!.last + GAP).toBeLessThanOrEqual(start + GAP);
      found.push(`${key} ${times!.first} ${times!.last} ${count}`);
    }
  }
  expect(carried.size).toBe(0);
  return found.sort();
}

/** By sorting: nothing of slices in it. */
function bruteForce(events: readonly Event[]): string[] {
  const found: string[] = [];
  for (const key of new Set(events.map(event => event.key))) {
    const times = events.filter(event => event.key === key).map(event => event.time);
    let session: number[] = [];
    const end = (): number => found.push(`${key} ${session[0]} ${session.at(-1)} ${session.length}`);
    for (const time of times.sort((a, b) => a - b)) {
      if (session.length > 0 && time >= session.at(-1)! + GAP) {
        end();
        session = [];
      }
      session.push(time);
    }
    end();
  }
  return found.sort();
}

describe('sessions in slices', () => {
  it('are those of sorting all events, in whatever lanes and order they came', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (events, lanes) => {
        expect(sessionsOf(slicesOf(events, lanes))).toEqual(bruteForce(events));
      }),
      { numRuns: 1000 },
    );
  });

  it('part exactly a gap after the last event, and join a millisecond earlier', () => {
    const at = (...times: number[]): string[] =>
      sessionsOf(
        slicesOf(
          times.map(time => ({ key: 'a', time })),
          1,
        ),
      );
    expect(at(3, 13)).toEqual(['a 13 13 1', 'a 3 3 1']);
    expect(at(3, 12)).toEqual(['a 3 12 2']);
    expect(at(10, 20)).toEqual(['a 10 10 1', 'a 20 20 1']);
  });

  it('leave what they were made of as it was, so that a slice can be looked at again', () => {
    const own = slicesOf([{ key: 'a', time: 12 }], 1).get(10)!;
    const before = slicesOf([{ key: 'a', time: 8 }], 1).get(0)!;
    const bytes = [encodeState(own), encodeState(before)];
    splitSessions(before, own, 20, GAP);
    expect([encodeState(own), encodeState(before)]).toEqual(bytes);
  });
});
