/**
 * Numbers and texts as bytes: a double in 8 bytes, little-endian; a length as a varint (7 bits a byte, the lowest first);
 * a text as its length in UTF-8 and that.
 */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(4096);
  private used = 0;

  double(value: number): void {
    this.reserve(8);
    this.used = this.buffer.writeDoubleLE(value, this.used);
  }

  length(value: number): void {
    this.reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.buffer[this.used++] = (rest & 127) | 128;
    this.buffer[this.used++] = rest;
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.length(bytes);
    this.reserve(bytes);
    this.used += this.buffer.write(value, this.used, bytes, 'utf8');
  }

  /** A copy of what has been written. */
  bytes(): Uint8Array {
    return Buffer.from(this.buffer.subarray(0, this.used));
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.used + bytes));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

/** Reads what a {@link ByteWriter} wrote, in the same order. Throws a RangeError beyond the end. */
export class ByteReader {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  length(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer.readUInt8(this.at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const end = this.length() + this.at;
    const value = this.buffer.toString('utf8', this.at, end);
    this.at = end;
    return value;
  }
}
