import { describe, expect, it } from 'vitest';
import { decide, type WindowFacts } from './decide.ts';
import { GLOBAL } from './slices.ts';

const END = 10_000;
const facts: WindowFacts = {
  end: END,
  lateness: 5000,
  retention: 60_000,
  live: true,
  uploaded: false,
  changedAt: 1000,
  unshown: { events: 1, since: 1000 },
  shown: undefined,
  early: undefined,
};
const quiet = { watermark: 0, uploadsOpen: false, now: 1000 };

// What tick has always done is in its own tests; here are early panes and the global window.
describe('an early pane', () => {
  it('shows what is new whenever somebody looks, where nothing else is said', () => {
    expect(decide(facts, quiet).pane).toEqual({ index: 0, timing: 'early', final: false });
  });

  it.each([
    ['waits for its time', { every: 500 }, 1499, false, 1500],
    ['comes when the time after the first new event is over', { every: 500 }, 1500, true, null],
    ['waits for enough events', { count: 2 }, 1e9, false, null],
    ['comes when they are there, before its time', { every: 500, count: 1 }, 1000, true, null],
    ['never comes where neither is asked for', {}, 1e9, false, null],
  ])('%s', (_says, early, now, comes, at) => {
    const decision = decide({ ...facts, early }, { ...quiet, now });
    expect(decision.pane !== undefined).toBe(comes);
    expect(decision.due).toEqual({ watermark: END, at, uploads: false });
  });

  it('is not waited for once the window is complete, nor are late ones', () => {
    const early = {};
    expect(decide({ ...facts, early }, { ...quiet, watermark: END }).pane?.timing).toBe('onTime');
    const shown = { index: 0, timing: 'onTime' } as const;
    expect(decide({ ...facts, early, shown }, { ...quiet, watermark: END }).pane?.timing).toBe('late');
  });
});

describe('the global window', () => {
  const global = { ...facts, end: GLOBAL.end };

  it('is shown early for ever, and never closes', () => {
    const moment = { watermark: GLOBAL.end, uploadsOpen: false, now: GLOBAL.end };
    for (const fed of [{ live: true }, { live: false, uploaded: true }]) {
      const decision = decide({ ...global, ...fed }, moment);
      expect(decision.pane).toEqual({ index: 0, timing: 'early', final: false });
      expect(decision.due).toEqual({ watermark: null, at: null, uploads: false });
      expect(decide({ ...global, ...fed, unshown: undefined }, moment).pane).toBeUndefined();
    }
  });
});
