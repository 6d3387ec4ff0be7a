const HASH_BITS = 64;

/**
 * How many different hashes of 64 bits have filled HyperLogLog registers. No table of corrections is needed, from the
 * smallest numbers to the largest (O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017,
 * algorithm 6).
 * @param registers 2^precision of them, each the greatest rank (leading zeros and one) of the other bits
 */
export function estimateOf(registers: Uint8Array, precision: number): number {
  const cells = registers.length;
  const greatest = HASH_BITS - precision;
  const histogram = new Array<number>(greatest + 2).fill(0);
  for (const rank of registers) histogram[rank]!++;
  let sum = cells * tau(1 - histogram[greatest + 1]! / cells);
  for (let rank = greatest; rank >= 1; rank--) sum = (sum + histogram[rank]!) / 2;
  sum += cells * sigma(histogram[0]! / cells);
  return ((cells / (2 * Math.LN2)) * cells) / sum;
}

/** What registers without any value stand for. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [power, weight, sum] = [share, 1, share];
  for (let before = Number.NaN; before !== sum; ) {
    before = sum;
    power *= power;
    sum += power * weight;
    weight *= 2;
  }
  return sum;
}

/** What registers that can rise no further stand for. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [root, weight, sum] = [share, 1, 1 - share];
  for (let before = Number.NaN; before !== sum; ) {
    before = sum;
    root = Math.sqrt(root);
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
