import type { Cutter, Item, Limits, Position } from './item.ts';
import { excerptOf, isClean, keepAtMost, type Place, type Span, tooLong } from './record.ts';

const LF = 10;

export interface Taken {
  /** Undefined: nothing to tell, as for a blank line or a header. */
  readonly item?: Item | undefined;
  /** Where the next record begins, and how many lines have gone by. */
  readonly next: number;
  readonly lines: number;
}

/** Takes the record that begins at `place.start`; undefined: its end is not among these bytes. */
export type Take = (bytes: Buffer, place: Place, last: boolean) => Taken | undefined;

/** A cutter for formats whose records end with a line. A first line too long to keep is one reject; reading goes on after it. */
export function lineCutter(
  limits: Limits,
  from: Position,
  take: Take,
  state: () => Partial<Position>,
): Cutter {
  let { offset, line } = from;
  /** A line too long to keep: its beginning, and how much of it has gone by. */
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
      let start = skip(bytes, last, out);
      const clean = isClean(bytes, last ? bytes.length : bytes.lastIndexOf(LF) + 1);
      while (out.length < room && start < bytes.length) {
        const taken = take(bytes, { start, line, offset, clean }, last);
        if (taken === undefined) {
          if (bytes.length - start <= keepAtMost(limits)) break;
          long = { excerpt: excerptOf(bytes, start, bytes.length), bytes: bytes.length - start };
          return bytes.length;
        }
        if (taken.item !== undefined) out.push(taken.item);
        offset += taken.next - start;
        line += taken.lines;
        start = taken.next;
      }
      return start;
    },
    position: () => ({ ...state(), offset, line }),
  };
}

/** Makes what a line holds: nothing for a blank one. */
type ItemOf = (bytes: Buffer, span: Span, limits: Limits) => Item | undefined;

/** A cutter for formats with one record a line, wherever the line stands. */
export function oneALine(limits: Limits, from: Position, itemOf: ItemOf): Cutter {
  const take: Take = (bytes, place, last) => {
    const { start } = place;
    const lf = bytes.indexOf(LF, start);
    if (lf < 0 && !last) return undefined;
    const end = contentEnd(bytes, start, lf);
    const next = lf < 0 ? bytes.length : lf + 1;
    return { item: itemOf(bytes, { ...place, end }, limits), next, lines: 1 };
  };
  return lineCutter(limits, from, take, () => ({}));
}

/** The end of a line's content: before LF or CRLF, or before the end of the bytes where `lf` is -1. */
export function contentEnd(bytes: Buffer, start: number, lf: number): number {
  const stop = lf < 0 ? bytes.length : lf;
  return stop > start && bytes[stop - 1] === 13 ? stop - 1 : stop;
}
