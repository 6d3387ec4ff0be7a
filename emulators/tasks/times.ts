/** google.protobuf.Timestamp and Duration, as requests are decoded and responses encoded. */
export interface WireTime {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

/** Milliseconds, truncated to the microsecond. */
export function millisOf({ seconds = 0, nanos = 0 }: WireTime): number {
  return Number(seconds) * 1000 + Math.trunc(nanos / 1000) / 1000;
}

export function wireTime(millis: number): WireTime {
  const micros = Math.round(millis * 1000);
  const seconds = Math.floor(micros / 1e6);
  return { seconds: String(seconds), nanos: (micros - seconds * 1e6) * 1000 };
}
