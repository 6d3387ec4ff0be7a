import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, encodeCrc32c } from './crc32c.ts';

/** RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
const VECTORS: readonly (readonly [string, Uint8Array, number])[] = [
  ['nothing', new Uint8Array(0), 0],
  ['the digits 1 to 9', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 rising bytes', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ['32 falling bytes', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
];

/** Bit by bit, as the definition goes. */
function slow(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

describe('crc32c', () => {
  it.each(VECTORS)('of %s is as published', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('equals the definition for any bytes, whole or in two pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(crc32c(bytes)).toBe(slow(bytes));
        expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(slow(bytes));
      }),
    );
  });

  it('is written as four big-endian bytes in base64', () => {
    expect(encodeCrc32c(0xe3069283)).toBe('4waSgw==');
  });
});
