import { ftruncateSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** Framing on disk: length and CRC-32 of the payload (little-endian, 4 bytes each), then the payload. */
const HEADER = 8;

export function frame(payload: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(HEADER + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
  record.set(payload, HEADER);
  return record;
}

/** Writes all of it at the position, or nothing: half a record in the middle would hide what follows. */
export function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  try {
    while (written < bytes.length)
      written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  } catch (error) {
    ftruncateSync(fd, position);
    throw error;
  }
}

/**
 * Whole records from the beginning of the file; ends at the first one that is cut short or damaged, which is what a
 * killed process leaves. `end` is the position behind the record.
 */
export function* readRecords(fd: number): Generator<{ payload: Buffer; end: number }, void, undefined> {
  const header = Buffer.alloc(HEADER);
  let position = 0;
  while (readSync(fd, header, 0, HEADER, position) === HEADER) {
    const length = header.readUInt32LE(0);
    // A buffer of its own: documents keep parts of it.
    const payload = Buffer.alloc(length);
    if (readSync(fd, payload, 0, length, position + HEADER) !== length) return;
    if (crc32(payload) !== header.readUInt32LE(4)) return;
    position += HEADER + length;
    yield { payload, end: position };
  }
}
