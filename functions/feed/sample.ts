/**
 * Lets at most `rate` through a second and remembers nothing else: a token bucket that holds one second's worth.
 * @param now milliseconds
 * @returns how many of those that are `wanted` may pass now
 */
export function createSampler(
  now: () => number = Date.now,
): (name: string, rate: number, wanted: number) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (name, rate, wanted) => {
    const time = now();
    const bucket = buckets.get(name) ?? { tokens: rate, at: time };
    bucket.tokens = Math.min(rate, bucket.tokens + ((time - bucket.at) / 1000) * rate);
    bucket.at = time;
    buckets.set(name, bucket);
    const passing = Math.min(wanted, Math.floor(bucket.tokens));
    bucket.tokens -= passing;
    return passing;
  };
}
