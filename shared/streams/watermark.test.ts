import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceWatermark,
  IDLE_MS,
  NO_WATERMARK,
  reachedBySilence,
  slotOf,
  watermarkAt,
} from './watermark.ts';

const seen = (time: number, at: number) => ({ time, seen: at });

describe('the watermark', () => {
  it('is unknown before the first live event', () => {
    expect(watermarkAt(NO_WATERMARK, 5)).toBeUndefined();
  });

  it('is the progress of the source that is furthest behind', () => {
    const watermark = advanceWatermark(NO_WATERMARK, { 1: seen(500, 1000), 2: seen(300, 1000) }, 1000);
    expect(watermarkAt(watermark, 1000)).toBe(300);
  });

  it('does not wait for a source that has gone silent', () => {
    let watermark = advanceWatermark(NO_WATERMARK, { 1: seen(500, 1000), 2: seen(300, 1000) }, 1000);
    const later = 1000 + IDLE_MS + 1;
    watermark = advanceWatermark(watermark, { 1: seen(900, later) }, later);
    expect(watermarkAt(watermark, later)).toBe(900);
  });

  it('moves on with the clock once all sources are silent', () => {
    const watermark = advanceWatermark(NO_WATERMARK, { 1: seen(500, 1000) }, 1000);
    expect(watermarkAt(watermark, 1000 + IDLE_MS)).toBe(500);
    expect(watermarkAt(watermark, 1000 + IDLE_MS + 70)).toBe(570);
  });

  it('keeps what a silence allowed when the source speaks again', () => {
    let watermark = advanceWatermark(NO_WATERMARK, { 1: seen(500, 1000) }, 1000);
    const later = 1000 + IDLE_MS + 200;
    watermark = advanceWatermark(watermark, { 1: seen(510, later) }, later);
    expect(watermarkAt(watermark, later)).toBe(700);
  });

  it('is the same object where nothing is new, so that nothing need be written', () => {
    const watermark = advanceWatermark(NO_WATERMARK, { 1: seen(500, 1000) }, 1000);
    expect(advanceWatermark(watermark, { 1: seen(400, 900) }, 2000)).toBe(watermark);
  });

  it('never goes back, whatever comes in', () => {
    const step = fc.record({
      slot: fc.integer({ min: 0, max: 3 }).map(String),
      time: fc.integer({ min: 0, max: 1_000_000 }),
      wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 * IDLE_MS })),
    });
    fc.assert(
      fc.property(fc.array(step), steps => {
        let watermark = NO_WATERMARK;
        let now = 0;
        let before = Number.NEGATIVE_INFINITY;
        for (const { slot, time, wait } of steps) {
          now += wait;
          watermark = advanceWatermark(watermark, { [slot]: seen(time, now) }, now);
          const after = watermarkAt(watermark, now)!;
          expect(after).toBeGreaterThanOrEqual(before);
          before = after;
        }
      }),
    );
  });

  it('gives a source the same one of 64 slots each time', () => {
    expect(slotOf('//sensors/7')).toBe(slotOf('//sensors/7'));
    expect(Number(slotOf('//sensors/7'))).toBeLessThan(64);
  });
});

describe('the silence of sources', () => {
  it('lets a time count as reached at the very moment that is foretold, and no millisecond earlier', () => {
    const moments = fc.integer({ min: 0, max: 400_000 });
    const sources = fc.dictionary(
      fc.integer({ min: 0, max: 5 }).map(String),
      fc.record({ time: moments, seen: moments }),
    );
    const latches = fc.option(moments, { nil: undefined });
    fc.assert(
      fc.property(sources, latches, moments, moments, (known, latched, time, now) => {
        const watermark = { sources: known, latched };
        const at = reachedBySilence(watermark, time, now);
        if (at === undefined) {
          expect(Object.keys(known)).toEqual([]);
          return;
        }
        expect(at).toBeGreaterThanOrEqual(now);
        expect(watermarkAt(watermark, at)).toBeGreaterThanOrEqual(time);
        if (at > now) expect(watermarkAt(watermark, at - 1)).toBeLessThan(time);
      }),
      { numRuns: 2000 },
    );
  });
});
