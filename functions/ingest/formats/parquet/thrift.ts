const STOP = 0;
const BYTES_OF: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 1, 7: 8 };
const VARINTS: ReadonlySet<number> = new Set([4, 5, 6]);
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
/** Parquet's own structures nest half as deep. */
const MAX_DEPTH = 16;
const MAX_VARINT = 10;

class Cut extends Error {}

/**
 * Walks a structure of Thrift's compact protocol
 * ({@link https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md}) before it is parsed, so
 * that no list or number claims more than there are bytes for it.
 * @returns where it ends; undefined when its end is not among the bytes
 * @throws Error when it is none
 */
export function structEnd(bytes: Uint8Array, start: number): number | undefined {
  let at = start;

  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined) throw new Cut();
    at++;
    return byte;
  };
  const skip = (count: number): void => {
    if (count > bytes.length - at) throw new Cut();
    at += count;
  };
  const varint = (): number => {
    let value = 0;
    for (let n = 0; n < MAX_VARINT; n++) {
      const byte = next();
      value += (byte & 0x7f) * 2 ** (7 * n);
      if (byte < 0x80) return value;
    }
    throw new Error('a number has no end');
  };
  const element = (type: number, depth: number, listed: boolean): void => {
    if (VARINTS.has(type)) varint();
    else if (type === BINARY) skip(varint());
    else if (type === LIST) list(depth);
    else if (type === STRUCT) struct(depth);
    else if (BYTES_OF[type] === undefined) throw new Error(`unknown type ${type}`);
    else skip(listed ? Math.max(1, BYTES_OF[type]) : BYTES_OF[type]);
  };
  const list = (depth: number): void => {
    const byte = next();
    const size = byte >> 4 === 15 ? varint() : byte >> 4;
    // Each element has at least one byte.
    if (size > bytes.length - at) throw new Cut();
    for (let n = 0; n < size; n++) element(byte & 15, depth + 1, true);
  };
  const struct = (depth: number): void => {
    if (depth > MAX_DEPTH) throw new Error('nested too deep');
    for (;;) {
      const byte = next();
      if ((byte & 15) === STOP) return;
      if (byte >> 4 === 0) varint();
      element(byte & 15, depth + 1, false);
    }
  };

  try {
    struct(0);
    return at;
  } catch (error) {
    if (error instanceof Cut) return undefined;
    throw error;
  }
}
