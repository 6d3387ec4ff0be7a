/** A stretch of event time, half-open: [start, end), in ms since the epoch. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** How a window cuts event time; in ms. */
export type Windowing =
  | { readonly kind: 'tumbling'; readonly size: number }
  /** A window of `size` begins every `slide`, which is at most the size. */
  | { readonly kind: 'sliding'; readonly size: number; readonly slide: number }
  /** Events of a key belong together while less than `gap` lies between one and the next. */
  | { readonly kind: 'session'; readonly gap: number }
  /** All of time. */
  | { readonly kind: 'global' };

/** The one window of all time: what Firestore's timestamps can say, to the millisecond. */
export const GLOBAL: Slice = {
  start: Date.parse('0001-01-01T00:00:00.000Z'),
  end: Date.parse('9999-12-31T23:59:59.999Z'),
};

/**
 * An event is counted into the one slice of its time; windows are made of whole slices, so that overlapping ones cost no
 * more writes. A tumbling window is one slice, a sliding one several; a slice of sessions is as long as their gap.
 * @returns ms
 * @throws RangeError when the lengths are not whole and positive, or a slide exceeds its size
 */
export function sliceLength(windowing: Windowing): number {
  switch (windowing.kind) {
    case 'tumbling':
      return positive(windowing.size);
    case 'sliding': {
      const { size, slide } = windowing;
      if (slide > size) {
        throw new RangeError(
          `A window of ${size} ms every ${slide} ms leaves events between; slide by ${size} ms at most.`,
        );
      }
      return divisor(positive(size), positive(slide));
    }
    case 'session':
      return positive(windowing.gap);
    case 'global':
      return GLOBAL.end - GLOBAL.start;
  }
}

/**
 * The start of the slice that a moment falls into. Slices are aligned to the epoch, also before it.
 * @param length of the slices, ms
 */
export function sliceStart(time: number, length: number): number {
  return Math.floor(time / length) * length;
}

/** The slice that a moment falls into. */
export function sliceOf(windowing: Windowing, time: number): Slice {
  if (windowing.kind === 'global') return GLOBAL;
  const length = sliceLength(windowing);
  const start = sliceStart(time, length);
  return { start, end: start + length };
}

/**
 * The windows that a slice is part of, the earliest first. Sessions are no windows of their own here: what ends in a slice
 * is shown as that slice's (`sessions.ts`).
 */
export function windowsOf(windowing: Windowing, slice: Slice): Slice[] {
  if (windowing.kind !== 'sliding') return [slice];
  const { size, slide } = windowing;
  const windows: Slice[] = [];
  for (let start = sliceStart(slice.start, slide); start + size >= slice.end; start -= slide) {
    windows.push({ start, end: start + size });
  }
  return windows.reverse();
}

/** The slices that a window is made of, the earliest first, whether or not anything has fallen into them. */
export function slicesOf(windowing: Windowing, window: Slice): Slice[] {
  if (windowing.kind !== 'sliding') return [window];
  const length = sliceLength(windowing);
  return Array.from({ length: windowing.size / length }, (_, at) => {
    const start = window.start + at * length;
    return { start, end: start + length };
  });
}

/** Names a slice of a pipeline's window: `traffic~hourly~2026-11-21T13:00:00.000Z`. */
export function sliceName(pipeline: string, window: string, start: number): string {
  return `${pipeline}~${window}~${new Date(start).toISOString()}`;
}

function positive(length: number): number {
  if (Number.isSafeInteger(length) && length > 0) return length;
  throw new RangeError(`A window takes a length of whole milliseconds above 0, not ${length}.`);
}

/** The greatest common one (Euclid). */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
