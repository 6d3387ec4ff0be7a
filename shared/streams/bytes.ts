/**
 * Numbers and texts as bytes: a double in 8 bytes, little-endian; a length or a whole number as a varint (7 bits a byte,
 * the lowest first); bytes, or a text in UTF-8, as their length and themselves.
 */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(4096);
  private used = 0;

  double(value: number): void {
    this.reserve(8);
    this.used = this.buffer.writeDoubleLE(value, this.used);
  }

  /** Up to 2^32 - 1. */
  length(value: number): void {
    this.reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.buffer[this.used++] = (rest & 127) | 128;
    this.buffer[this.used++] = rest;
  }

  /** From 0 to 2^53 - 1. */
  whole(value: number): void {
    let rest = value;
    this.reserve(8);
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.buffer[this.used++] = (rest % 128) | 128;
    this.length(rest);
  }

  /** From -2^52 to 2^52, small magnitudes in few bytes. */
  signed(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  block(value: Uint8Array): void {
    this.length(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
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

  whole(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.buffer.readUInt8(this.at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A copy. */
  block(): Uint8Array {
    const length = this.length();
    if (this.at + length > this.buffer.length) throw new RangeError('The bytes end too early.');
    const value = Uint8Array.from(this.buffer.subarray(this.at, this.at + length));
    this.at += length;
    return value;
  }

  text(): string {
    const end = this.length() + this.at;
    const value = this.buffer.toString('utf8', this.at, end);
    this.at = end;
    return value;
  }
}
