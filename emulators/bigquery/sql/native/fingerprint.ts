import type { Native } from './native.ts';

/** FarmHash's Fingerprint64, which never changes (https://github.com/google/farmhash, farmhashna). All arithmetic is modulo 2⁶⁴. */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const times = (a: bigint, b: bigint): bigint => wrap(a * b);
const rotate = (value: bigint, by: bigint): bigint => wrap((value >> by) | (value << (64n - by)));
const mix = (value: bigint): bigint => value ^ (value >> 47n);

function hash16(u: bigint, v: bigint, multiplier: bigint): bigint {
  const a = mix(times(u ^ v, multiplier));
  return times(mix(times(v ^ a, multiplier)), multiplier);
}

type Fetch = (at: number) => bigint;
type Pair = readonly [bigint, bigint];

function upTo16(bytes: DataView, fetch: Fetch): bigint {
  const size = bytes.byteLength;
  const length = BigInt(size);
  const multiplier = wrap(K2 + length * 2n);
  if (size >= 8) {
    const a = wrap(fetch(0) + K2);
    const b = fetch(size - 8);
    const c = wrap(times(rotate(b, 37n), multiplier) + a);
    const d = times(wrap(rotate(a, 25n) + b), multiplier);
    return hash16(c, d, multiplier);
  }
  if (size >= 4) {
    const first = BigInt(bytes.getUint32(0, true));
    return hash16(wrap(length + (first << 3n)), BigInt(bytes.getUint32(size - 4, true)), multiplier);
  }
  if (size === 0) return K2;
  const y = BigInt(bytes.getUint8(0) + (bytes.getUint8(size >> 1) << 8));
  const z = BigInt(size + (bytes.getUint8(size - 1) << 2));
  return times(mix(times(y, K2) ^ times(z, K0)), K2);
}

function upTo32(size: number, fetch: Fetch): bigint {
  const multiplier = wrap(K2 + BigInt(size) * 2n);
  const a = times(fetch(0), K1);
  const b = fetch(8);
  const c = times(fetch(size - 8), multiplier);
  const d = times(fetch(size - 16), K2);
  return hash16(
    wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d),
    wrap(a + rotate(wrap(b + K2), 18n) + c),
    multiplier,
  );
}

function upTo64(size: number, fetch: Fetch): bigint {
  const multiplier = wrap(K2 + BigInt(size) * 2n);
  const a = times(fetch(0), K2);
  const b = fetch(8);
  const c = times(fetch(size - 8), multiplier);
  const d = times(fetch(size - 16), K2);
  const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, wrap(a + rotate(wrap(b + K2), 18n) + c), multiplier);
  const e = times(fetch(16), multiplier);
  const f = fetch(24);
  const g = times(wrap(y + fetch(size - 32)), multiplier);
  const h = times(wrap(z + fetch(size - 24)), multiplier);
  return hash16(
    wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h),
    wrap(e + rotate(wrap(f + a), 18n) + g),
    multiplier,
  );
}

function weak(fetch: Fetch, at: number, first: bigint, second: bigint): Pair {
  const [w, x, y, z] = [fetch(at), fetch(at + 8), fetch(at + 16), fetch(at + 24)];
  const a = wrap(first + w!);
  const b = rotate(wrap(second + a + z!), 21n);
  const sum = wrap(a + x! + y!);
  return [wrap(sum + z!), wrap(b + rotate(sum, 44n) + a)];
}

function long(size: number, fetch: Fetch): bigint {
  const seed = 81n;
  let y = wrap(seed * K1 + 113n);
  let z = times(mix(wrap(y * K2 + 113n)), K2);
  let x = wrap(seed * K2 + fetch(0));
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  const rest = (size - 1) & 63;
  const end = size - 1 - rest;
  const round = (at: number, multiplier: bigint, nines: bigint): void => {
    x = times(rotate(wrap(x + y + v[0] + fetch(at + 8)), 37n), multiplier);
    y = times(rotate(wrap(y + v[1] + fetch(at + 48)), 42n), multiplier);
    x ^= wrap(w[1] * nines);
    y = wrap(y + v[0] * nines + fetch(at + 40));
    z = times(rotate(wrap(z + w[0]), 33n), multiplier);
    v = weak(fetch, at, wrap(v[1] * multiplier), wrap(x + w[0]));
    w = weak(fetch, at + 32, wrap(z + w[1]), wrap(y + fetch(at + 16)));
    [z, x] = [x, z];
  };
  for (let at = 0; at !== end; at += 64) round(at, K1, 1n);
  const multiplier = wrap(K1 + ((z & 0xffn) << 1n));
  w = [wrap(w[0] + BigInt(rest)), w[1]];
  v = [wrap(v[0] + w[0]), v[1]];
  w = [wrap(w[0] + v[0]), w[1]];
  round(end + rest - 63, multiplier, 9n);
  const first = wrap(hash16(v[0], w[0], multiplier) + times(mix(y), K0) + z);
  return hash16(first, wrap(hash16(v[1], w[1], multiplier) + x), multiplier);
}

/** As a signed integer of 64 bits. */
export function fingerprint64(data: Uint8Array): bigint {
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = data.byteLength;
  const fetch: Fetch = at => bytes.getBigUint64(at, true);
  const hash =
    size <= 16
      ? upTo16(bytes, fetch)
      : size <= 32
        ? upTo32(size, fetch)
        : size <= 64
          ? upTo64(size, fetch)
          : long(size, fetch);
  return BigInt.asIntN(64, hash);
}

export const FINGERPRINTS: readonly Native[] = [
  { name: 'bq_farm_fingerprint', parameters: ['BLOB'], returns: 'BIGINT', run: fingerprint64 },
];
