/** Beyond this many names, those whose buckets have filled up again are forgotten. */
const MANY = 10_000;

/**
 * A token bucket for each name: `rate` events a second, and as many as `burst` at once. A request may take more than there
 * is as long as there is any, and the bucket owes the rest: so no size of request is shut out for good. It holds for one
 * instance; all instances together let through as many times more.
 * @returns a function that takes events, and gives the seconds to wait where nothing may be taken
 */
export function createLimit(rate: number, burst: number) {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const level = ({ tokens, at }: { tokens: number; at: number }, now: number): number =>
    Math.min(burst, tokens + ((now - at) / 1000) * rate);
  const forgetFull = (now: number): void => {
    for (const [name, bucket] of buckets) if (level(bucket, now) >= burst) buckets.delete(name);
  };
  return (name: string, events: number, now: number): number | undefined => {
    const filled = level(buckets.get(name) ?? { tokens: burst, at: now }, now);
    if (filled <= 0) return Math.max(1, Math.ceil(-filled / rate));
    if (buckets.size >= MANY) forgetFull(now);
    buckets.set(name, { tokens: filled - events, at: now });
    return undefined;
  };
}
