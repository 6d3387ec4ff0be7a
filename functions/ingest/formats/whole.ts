import type { Cutter, Limits, Position } from './item.ts';
import { excerptOf, isBlankByte, isClean, jsonItem, keepAtMost, tooLong } from './record.ts';

/** The file as one JSON object, on as many lines as it likes. */
export function wholeCutter(limits: Limits, from: Position): Cutter {
  let { offset, line } = from;
  let long: { excerpt: string; bytes: number } | undefined;
  return {
    cut(bytes, last, out) {
      if (long === undefined && !last && bytes.length <= keepAtMost(limits)) return 0;
      if (long === undefined && bytes.length > keepAtMost(limits)) {
        long = { excerpt: excerptOf(bytes, 0, bytes.length), bytes: 0 };
      }
      if (long === undefined) {
        let start = 0;
        for (; isBlankByte(bytes[start]); start++) if (bytes[start] === 10) line++;
        if (start < bytes.length) {
          const span = {
            start,
            end: bytes.length,
            line,
            offset: offset + start,
            clean: isClean(bytes, bytes.length),
          };
          out.push(jsonItem(bytes, span, limits));
        }
        offset += bytes.length;
      } else {
        long.bytes += bytes.length;
        if (last) {
          out.push({ kind: 'reject', reason: tooLong(limits), line, offset, excerpt: long.excerpt });
          offset += long.bytes;
          long = undefined;
        }
      }
      return bytes.length;
    },
    position: () => ({ offset, line }),
  };
}
