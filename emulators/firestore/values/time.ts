import type { Timestamp } from '../types.ts';

/** Times inside are whole microseconds since the epoch: Firestore's own resolution, and exact in a number until 2255. */
export function toTimestamp(micros: number): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  return { seconds: String(seconds), nanos: (micros - seconds * 1e6) * 1000 };
}

export function toMicros(time: Partial<Timestamp>): number {
  return Number(time.seconds ?? 0) * 1e6 + Math.floor((time.nanos ?? 0) / 1000);
}

export const nowMicros = (): number => Date.now() * 1000;
