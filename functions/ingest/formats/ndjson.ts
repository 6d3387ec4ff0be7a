import type { Cutter, Item, Limits, Position } from './item.ts';
import { excerptOf, isClean, jsonItem, keepAtMost, tooLong } from './record.ts';

const LF = 10;
const CR = 13;

/** One JSON object a line. Blank lines are skipped; a bad line is one reject and the next line goes on. */
export function ndjsonCutter(limits: Limits, from: Position): Cutter {
  let { offset, line } = from;
  /** A line too long to keep, of which only its beginning is kept. */
  let long: { excerpt: string; bytes: number } | undefined;

  /** Passes over the rest of a line too long. Returns the bytes consumed. */
  function skip(bytes: Buffer, last: boolean, out: Item[]): number {
    if (long === undefined) return 0;
    const end = bytes.indexOf(LF);
    const consumed = end < 0 ? bytes.length : end + 1;
    long.bytes += consumed;
    if (end < 0 && !last) return consumed;
    out.push({ kind: 'reject', reason: tooLong(limits), line, offset, excerpt: long.excerpt });
    offset += long.bytes;
    line++;
    long = undefined;
    return consumed;
  }

  return {
    cut(bytes, last, out, room) {
      let at = skip(bytes, last, out);
      if (long !== undefined) return at;
      const clean = isClean(bytes, last ? bytes.length : bytes.lastIndexOf(LF) + 1);
      while (out.length < room && at < bytes.length) {
        const found = bytes.indexOf(LF, at);
        if (found < 0 && !last) {
          if (bytes.length - at <= keepAtMost(limits)) break;
          long = { excerpt: excerptOf(bytes, at, bytes.length), bytes: bytes.length - at };
          return bytes.length;
        }
        const next = found < 0 ? bytes.length : found + 1;
        let end = found < 0 ? bytes.length : found;
        if (end > at && bytes[end - 1] === CR) end--;
        if (!isBlank(bytes, at, end)) {
          out.push(jsonItem(bytes, { start: at, end, line, offset, clean }, limits));
        }
        offset += next - at;
        line++;
        at = next;
      }
      return at;
    },
    position: () => ({ offset, line }),
  };
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== 32 && byte !== 9 && byte !== CR) return false;
  }
  return true;
}
