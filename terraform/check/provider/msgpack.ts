/** A value of Terraform's as it travels: MessagePack with one extension, the value that is not known yet. */
export type Wire =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | typeof UNKNOWN
  | Wire[]
  | { [key: string]: Wire };

/** A value that only the apply will tell. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/**
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 * @throws RangeError for what Terraform never sends
 */
export function decode(bytes: Uint8Array): Wire {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const uint = (width: 1 | 2 | 4): number => {
    at += width;
    return width === 1
      ? view.getUint8(at - 1)
      : width === 2
        ? view.getUint16(at - 2)
        : view.getUint32(at - 4);
  };
  const text = (length: number): string => Buffer.from(take(length)).toString('utf8');
  const list = (length: number): Wire[] => Array.from({ length }, value);
  const map = (length: number): Wire =>
    Object.fromEntries(Array.from({ length }, () => [String(value()), value()] as const));
  const unknown = (length: number): Wire => {
    take(length + 1); // What Terraform may add about the value is of no use here.
    return UNKNOWN;
  };
  const number = (width: number, read: (offset: number) => number | bigint): Wire => {
    at += width;
    return Number(read(at - width));
  };
  const READERS: Readonly<Record<number, () => Wire>> = {
    192: () => null,
    194: () => false,
    195: () => true,
    196: () => take(uint(1)),
    197: () => take(uint(2)),
    198: () => take(uint(4)),
    199: () => unknown(uint(1)),
    200: () => unknown(uint(2)),
    202: () => number(4, offset => view.getFloat32(offset)),
    203: () => number(8, offset => view.getFloat64(offset)),
    204: () => uint(1),
    205: () => uint(2),
    206: () => uint(4),
    207: () => number(8, offset => view.getBigUint64(offset)),
    208: () => number(1, offset => view.getInt8(offset)),
    209: () => number(2, offset => view.getInt16(offset)),
    210: () => number(4, offset => view.getInt32(offset)),
    211: () => number(8, offset => view.getBigInt64(offset)),
    212: () => unknown(1),
    213: () => unknown(2),
    214: () => unknown(4),
    217: () => text(uint(1)),
    218: () => text(uint(2)),
    219: () => text(uint(4)),
    220: () => list(uint(2)),
    221: () => list(uint(4)),
    222: () => map(uint(2)),
    223: () => map(uint(4)),
  };
  function value(): Wire {
    const tag = uint(1);
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag < 0x90) return map(tag & 0x0f);
    if (tag < 0xa0) return list(tag & 0x0f);
    if (tag < 0xc0) return text(tag & 0x1f);
    const read = READERS[tag];
    if (read === undefined) throw new RangeError(`MessagePack tag 0x${tag.toString(16)} is not known`);
    return read();
  }
  return value();
}

export function encode(value: Wire): Buffer {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: Wire, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(0xc0));
  else if (value === UNKNOWN) parts.push(Uint8Array.of(0xd4, 0, 0));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'string') {
    const text = Buffer.from(value);
    parts.push(sized(0xdb, text.length), text);
  } else if (value instanceof Uint8Array) parts.push(sized(0xc6, value.length), value);
  else if (Array.isArray(value)) {
    parts.push(sized(0xdd, value.length));
    for (const item of value) write(item, parts);
  } else {
    const entries = Object.entries(value);
    parts.push(sized(0xdf, entries.length));
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  }
}

function sized(tag: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes[0] = tag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function numberBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  if (Number.isSafeInteger(value)) {
    bytes[0] = 0xd3;
    bytes.writeBigInt64BE(BigInt(value), 1);
  } else {
    bytes[0] = 0xcb;
    bytes.writeDoubleBE(value, 1);
  }
  return bytes;
}
