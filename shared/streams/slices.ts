/** A stretch of event time, half-open: [start, end), in ms since the epoch. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * The slice that a moment falls into. Slices are aligned to the epoch, also before it. A tumbling window is one slice.
 * @param size in ms
 */
export function sliceStart(time: number, size: number): number {
  return Math.floor(time / size) * size;
}

/** Names a slice of a pipeline's window: `traffic~hourly~2026-11-21T13:00:00.000Z`. */
export function sliceName(pipeline: string, window: string, start: number): string {
  return `${pipeline}~${window}~${new Date(start).toISOString()}`;
}
