import { describe, expect, it } from 'vitest';
import type { Lane } from '../../shared/windows/lanes.ts';
import { decide, type Situation } from './decide.ts';

const END = 10_000;
const LATENESS = 5000;
const RETENTION = 60_000;
const CHANGED = 1_000_000;

function lane(fields: Partial<Lane>): Lane {
  return {
    pipeline: 'p',
    window: 'w',
    start: 0,
    end: END,
    lane: 0,
    lanes: 2,
    version: 'v',
    lateness: LATENESS,
    retention: RETENTION,
    state: new Uint8Array(),
    chunks: [],
    sources: {},
    live: true,
    uploaded: false,
    news: false,
    dirty: false,
    sealed: false,
    changedAt: CHANGED,
    ...fields,
  };
}

const quiet: Situation = { watermark: undefined, sources: {}, uploadsOpen: false, now: CHANGED };
const at = (watermark: number): Situation => ({ ...quiet, watermark });
const upload = { live: false, uploaded: true };
const shownEarly = { shown: { index: 4, timing: 'early' } } as const;
const shownOnTime = { shown: { index: 4, timing: 'onTime' } } as const;
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
    expect(decide([lane(fields)], at(watermark)).pane).toEqual({ index, timing, final });
  });

  it('is left alone while there is nothing new, until the watermark is at its end, then at its closing', () => {
    expect(decide([lane(shownEarly)], at(END - 1))).toEqual({
      pane: undefined,
      due: { ...due, watermark: END },
    });
    expect(decide([lane(shownOnTime)], at(END))).toEqual({
      pane: undefined,
      due: { ...due, watermark: END + LATENESS },
    });
  });

  it('hears of news in any of its lanes', () => {
    expect(decide([lane(shownEarly), lane({ lane: 1, news: true })], at(0)).pane?.timing).toBe('early');
  });

  it('is on time but not closed while an upload that feeds it too is open', () => {
    const lanes = [lane({ ...shownEarly, uploaded: true })];
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
    expect(decide([lane({ ...upload, news: true })], open)).toEqual({
      pane: { index: 0, timing: 'early', final: false },
      due: { ...due, uploads: true },
    });
  });

  it('is on time once none is open, and waits for its retention by the clock', () => {
    expect(decide([lane({ ...upload, ...shownEarly })], quiet)).toEqual({
      pane: { index: 5, timing: 'onTime', final: false },
      due: { ...due, at: CHANGED + RETENTION },
    });
  });

  it('closes when it has not changed for its retention', () => {
    const later = { ...quiet, now: CHANGED + RETENTION };
    expect(decide([lane({ ...upload, ...shownOnTime })], later)).toEqual({
      pane: { index: 5, timing: 'onTime', final: true },
      due: undefined,
    });
    expect(
      decide(
        [lane({ ...upload, ...shownOnTime }), lane({ ...upload, lane: 1, changedAt: CHANGED + 1 })],
        later,
      ).pane,
    ).toBeUndefined();
  });
});
