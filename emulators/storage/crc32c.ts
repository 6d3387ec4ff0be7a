/** Castagnoli's polynomial, bits reversed ({@link https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4}). */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Table k holds the effect of a byte that k more zero bytes follow: eight bytes are then eight independent look-ups. */
const TABLE = new Int32Array(256 * SLICES);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLE[byte] = crc;
}
for (let at = 256; at < TABLE.length; at++) {
  const before = TABLE[at - 256]!;
  TABLE[at] = (before >>> 8) ^ TABLE[before & 0xff]!;
}

/** CRC32C of `bytes` after data whose checksum is `previous`; unsigned 32 bits. zlib's crc32 is another polynomial. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const t = TABLE;
  const end = bytes.length;
  let crc = ~previous;
  let i = 0;
  for (const last = end - SLICES; i <= last; i += SLICES) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[1792 + (crc & 0xff)]! ^
      t[1536 + ((crc >>> 8) & 0xff)]! ^
      t[1280 + ((crc >>> 16) & 0xff)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** As Cloud Storage writes it: four bytes, big-endian, base64. */
export function encodeCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
