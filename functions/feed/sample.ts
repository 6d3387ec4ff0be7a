/**
 * Lets at most `rate` through a second and remembers nothing else: a token bucket that holds one second's worth.
 * @param now milliseconds
 */
export function createSampler(now: () => number = Date.now): (name: string, rate: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (name, rate) => {
    const time = now();
    const bucket = buckets.get(name) ?? { tokens: rate, at: time };
    bucket.tokens = Math.min(rate, bucket.tokens + ((time - bucket.at) / 1000) * rate);
    bucket.at = time;
    buckets.set(name, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  };
}
