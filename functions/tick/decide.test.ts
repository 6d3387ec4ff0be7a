import { describe, expect, it } from 'vitest';
import type { Lane } from '../../shared/windows/lanes.ts';
import type { ShownPane } from '../../shared/windows/shown.ts';
import { decide as decideAt, type Situation } from './decide.ts';

const END = 10_000;
const LATENESS = 5000;
const RETENTION = 60_000;
const CHANGED = 1_000_000;
const spec = { name: 'w', size: 10, lateness: 5, retention: 60, lanes: 2, key: ['k'], values: {} };

function lane(fields: Partial<Lane>): Lane {
  return {
    pipeline: 'p',
    window: 'w',
    shape: 's',
    start: 0,
    end: END,
    lane: 0,
    lanes: 2,
    version: 'v',
    spec,
    lateness: LATENESS,
    retention: RETENTION,
    state: new Uint8Array(),
    chunks: [],
    sources: {},
    live: true,
    uploaded: false,
    commits: 1,
    events: 1,
    dirty: false,
    sealed: false,
    since: CHANGED,
    changedAt: CHANGED,
    ...fields,
  };
}

const quiet: Situation = { watermark: undefined, sources: {}, uploadsOpen: false, now: CHANGED };
const at = (watermark: number): Situation => ({ ...quiet, watermark });
const upload = { live: false, uploaded: true };

/** Lanes, and the pane that has shown as much of them as it says. */
type Given = Partial<Lane> & { readonly shown?: ShownPane; readonly news?: boolean };
const pane = (timing: 'early' | 'onTime', commits = 1): ShownPane => ({
  index: 4,
  timing,
  final: false,
  counted: { commits, events: commits },
  count: commits,
  parts: 0,
  at: CHANGED,
});
const shownEarly = { shown: pane('early') };
const shownOnTime = { shown: pane('onTime') };

function decide([{ shown, news, ...first }, ...more]: [Given, ...Given[]], situation: Situation) {
  const commits = shown && news ? 2 : 1;
  return decideAt(END, [lane({ commits, ...first }), ...more.map(lane)], shown, situation);
}

const due = { watermark: null, at: null, uploads: false };

describe('a window fed by live events', () => {
  it.each([
    ['is shown early while the watermark is before its end', { news: true }, END - 1, 0, 'early', false],
    ['is on time once the watermark is there, with or without news', shownEarly, END, 5, 'onTime', false],
    ['is updated by late events', { ...shownOnTime, news: true }, END + 1, 5, 'late', false],
    [
      'closes after the lateness, still on time where nothing came late',
      shownOnTime,
      END + LATENESS,
      5,
      'onTime',
      true,
    ],
    ['closes with its late news', { ...shownOnTime, news: true }, END + LATENESS, 5, 'late', true],
    ['closes at once where it came long after its end', { news: true }, END + LATENESS, 0, 'onTime', true],
  ] as const)('%s', (_name, fields, watermark, index, timing, final) => {
    expect(decide([fields], at(watermark)).pane).toEqual({ index, timing, final });
  });

  it('is left alone while there is nothing new, until the watermark is at its end, then at its closing', () => {
    expect(decide([shownEarly], at(END - 1))).toEqual({
      pane: undefined,
      due: { ...due, watermark: END },
    });
    expect(decide([shownOnTime], at(END))).toEqual({
      pane: undefined,
      due: { ...due, watermark: END + LATENESS },
    });
  });

  it('hears of news in any of its lanes', () => {
    expect(decide([shownEarly], at(0)).pane).toBeUndefined();
    expect(decide([shownEarly, { lane: 1 }], at(0)).pane?.timing).toBe('early');
  });

  it('is on time but not closed while an upload that feeds it too is open', () => {
    const lanes: [Given] = [{ ...shownEarly, uploaded: true }];
    const open = { ...at(END + LATENESS), uploadsOpen: true };
    expect(decide(lanes, open)).toEqual({
      pane: { index: 5, timing: 'onTime', final: false },
      due: { ...due, uploads: true },
    });
  });
});

describe('a window fed by uploads alone', () => {
  it('is early while an upload is open, whatever the watermark says', () => {
    const open = { ...at(END + LATENESS), uploadsOpen: true, now: CHANGED + RETENTION };
    expect(decide([{ ...upload, news: true }], open)).toEqual({
      pane: { index: 0, timing: 'early', final: false },
      due: { ...due, uploads: true },
    });
  });

  it('is on time once none is open, and waits for its retention by the clock', () => {
    expect(decide([{ ...upload, ...shownEarly }], quiet)).toEqual({
      pane: { index: 5, timing: 'onTime', final: false },
      due: { ...due, at: CHANGED + RETENTION },
    });
  });

  it('closes when it has not changed for its retention', () => {
    const later = { ...quiet, now: CHANGED + RETENTION };
    expect(decide([{ ...upload, ...shownOnTime }], later)).toEqual({
      pane: { index: 5, timing: 'onTime', final: true },
      due: undefined,
    });
    expect(
      decide(
        [
          { ...upload, ...shownOnTime },
          { ...upload, lane: 1, commits: 0, changedAt: CHANGED + 1 },
        ],
        later,
      ).pane,
    ).toBeUndefined();
  });
});
