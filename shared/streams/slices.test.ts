import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GLOBAL, sliceLength, sliceOf, slicesOf, type Windowing, windowsOf } from './slices.ts';

const length = fc.integer({ min: 1, max: 90 });
const time = fc.integer({ min: -1_000_000, max: 2_000_000_000_000 });
const sliding = fc
  .tuple(length, length)
  .map(([a, b]): Windowing => ({ kind: 'sliding', size: Math.max(a, b), slide: Math.min(a, b) }));
const aligned = fc.oneof(
  length.map((size): Windowing => ({ kind: 'tumbling', size })),
  sliding,
  length.map((gap): Windowing => ({ kind: 'session', gap })),
);

describe('slices', () => {
  it('hold the moment they are asked for, and are aligned to the epoch, also before it', () => {
    fc.assert(
      fc.property(aligned, time, (windowing, moment) => {
        const { start, end } = sliceOf(windowing, moment);
        expect(start).toBeLessThanOrEqual(moment);
        expect(end).toBeGreaterThan(moment);
        expect(Math.abs(start % sliceLength(windowing))).toBe(0);
      }),
    );
  });

  it('are as long as the greatest common divisor of size and slide', () => {
    expect(sliceLength({ kind: 'sliding', size: 90, slide: 60 })).toBe(30);
    expect(sliceLength({ kind: 'sliding', size: 60, slide: 5 })).toBe(5);
  });

  it('belong to exactly the windows that hold their moments', () => {
    fc.assert(
      fc.property(sliding, time, (windowing, moment) => {
        if (windowing.kind !== 'sliding') return;
        const { size, slide } = windowing;
        // Beam's definition, on its own: every window [n × slide, n × slide + size) with the moment in it.
        const expected: number[] = [];
        for (let n = Math.floor((moment - size) / slide) - 1; n * slide <= moment; n++) {
          if (n * slide + size > moment) expected.push(n * slide);
        }
        const windows = windowsOf(windowing, sliceOf(windowing, moment));
        expect(windows.map(({ start }) => start + 0)).toEqual(expected.map(start => start + 0));
        expect(windows.every(({ start, end }) => end - start === size)).toBe(true);
      }),
    );
  });

  it('make up their windows without a gap, and know that they do', () => {
    fc.assert(
      fc.property(aligned, time, (windowing, moment) => {
        const slice = sliceOf(windowing, moment);
        for (const window of windowsOf(windowing, slice)) {
          const parts = slicesOf(windowing, window);
          expect(parts[0]!.start).toBe(window.start);
          expect(parts.at(-1)!.end).toBe(window.end);
          for (const [at, part] of parts.slice(1).entries()) expect(part.start).toBe(parts[at]!.end);
          expect(parts.some(({ start }) => start === slice.start)).toBe(true);
        }
      }),
    );
  });

  it('are one for all of time, which timestamps can say, where the window is global', () => {
    const windowing: Windowing = { kind: 'global' };
    expect(sliceOf(windowing, -5)).toBe(GLOBAL);
    expect(windowsOf(windowing, GLOBAL)).toEqual([GLOBAL]);
    expect(new Date(GLOBAL.start).toISOString()).toBe('0001-01-01T00:00:00.000Z');
    expect(new Date(GLOBAL.end).toISOString()).toBe('9999-12-31T23:59:59.999Z');
  });

  it('are refused where events would fall between windows, or a length is none', () => {
    expect(() => sliceLength({ kind: 'sliding', size: 10, slide: 20 })).toThrow(
      'A window of 10 ms every 20 ms leaves events between; slide by 10 ms at most.',
    );
    expect(() => sliceLength({ kind: 'tumbling', size: 0 })).toThrow('whole milliseconds above 0, not 0');
    expect(() => sliceLength({ kind: 'session', gap: 0.5 })).toThrow('not 0.5');
  });
});
