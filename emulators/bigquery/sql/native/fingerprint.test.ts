import { expect, it } from 'vitest';
import { fingerprint64 } from './fingerprint.ts';

// The first three are the example of BigQuery's reference, the others of Guava's tests of Fingerprint64.
it.each([
  ['1footrue', -1541654101129638711n],
  ['2applefalse', 2794438866806483259n],
  ['3true', -4880158226897771312n],
  ['test', 8581389452482819506n],
  ['test'.repeat(8), -4196240717365766262n],
  ['test'.repeat(64), 3500507768004279527n],
])('FARM_FINGERPRINT of %s', (text, fingerprint) => {
  expect(fingerprint64(Buffer.from(text))).toBe(fingerprint);
});

/** Lengths from 0 to beyond a thousand, each hash steering the next: FarmHashFingerprint64Test.testMultipleLengths of Guava. */
it('has the fingerprints of every length', () => {
  const ROUNDS = 800;
  const bytes = new Uint8Array(ROUNDS * 4);
  let length = 0;
  let hash = 0n;
  const step = (size: number): void => {
    hash ^= BigInt.asUintN(64, fingerprint64(bytes.subarray(0, size)));
    hash ^= hash >> 41n;
    hash = BigInt.asUintN(64, hash * 949_921_979n);
    bytes[length++] = 97 + Number((hash & 0xfffffn) % 26n);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    step(round);
    step((round * round) % length);
    step((round * round * round) % length);
    step(length);
    const [x0 = 0, x1 = 0, x2 = 0, x3 = 0] = [
      bytes[length - 1],
      bytes[length - 2],
      bytes[length - 3],
      bytes[length >> 1],
    ];
    bytes[((x0 << 16) + (x1 << 8) + x2) % length]! ^= x3;
    bytes[((x1 << 16) + (x2 << 8) + x3) % length]! ^= round % 256;
  }
  expect(hash).toBe(0x7a1d67c50ec7e167n);
});
