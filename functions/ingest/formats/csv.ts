import { headerFault, type Row, splitLine, toRecord, widthFault } from '../../../shared/csv/csv.ts';
import { type Cutter, FormatError, type Item, type Limits, type Position } from './item.ts';
import { badText, excerptOf, isClean, keepAtMost, reject, type Span, tooLong } from './record.ts';

const LF = 10;
const CR = 13;

/**
 * RFC 4180 with a header row; values are strings, blank lines are skipped. A record that cannot be read costs its first
 * line only: reading goes on with the next line, so that a quote never closed does not swallow the file.
 */
export function csvCutter(limits: Limits, from: Position): Cutter {
  const delimiter = from.delimiter ?? ',';
  let { offset, line, header } = from;
  /** A first line too long to keep, of which only its beginning is kept. */
  let long: { excerpt: string; bytes: number } | undefined;

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

  /** The record as an item; the first good row is the header, and no item. */
  function take(bytes: Buffer, span: Span, cells: string[]): Item | undefined {
    const bad = span.clean ? undefined : badText(bytes, span.start, span.end);
    if (header === undefined) {
      const fault = bad === undefined ? headerFault(cells) : `the header ${bad}`;
      if (fault !== undefined) throw new FormatError(fault, span);
      if (cells.length > limits.maxColumns) {
        throw new FormatError(
          `the header has ${cells.length} columns, ${limits.maxColumns} are allowed`,
          span,
        );
      }
      header = cells;
      return undefined;
    }
    if (bad !== undefined) return reject(bytes, span, bad);
    if (cells.length !== header.length) return reject(bytes, span, widthFault(cells.length, header.length));
    return { kind: 'record', value: toRecord(header, cells), line: span.line, offset: span.offset };
  }

  return {
    cut(bytes, last, out, room) {
      let at = skip(bytes, last, out);
      if (long !== undefined) return at;
      const clean = isClean(bytes, last ? bytes.length : bytes.lastIndexOf(LF) + 1);
      while (out.length < room && at < bytes.length) {
        const found = readRecord(bytes, at, last, delimiter, limits);
        if (found === undefined) {
          if (bytes.length - at <= keepAtMost(limits)) break;
          if (header === undefined)
            throw new FormatError(`the header is a ${tooLong(limits)}`, { line, offset });
          long = { excerpt: excerptOf(bytes, at, bytes.length), bytes: bytes.length - at };
          return bytes.length;
        }
        const span = { start: at, end: found.end, line, offset, clean };
        if (found.fault !== undefined) {
          if (header === undefined) throw new FormatError(`the header cannot be read: ${found.fault}`, span);
          out.push(reject(bytes, span, found.fault));
        } else if (found.end > at) {
          const item = take(bytes, span, found.cells);
          if (item !== undefined) out.push(item);
        }
        offset += found.next - at;
        line += found.lines;
        at = found.next;
      }
      return at;
    },
    position: () => ({ offset, line, delimiter, ...(header === undefined ? {} : { header }) }),
  };
}

interface Found {
  readonly cells: string[];
  readonly fault?: string;
  /** End of the record's text, and beginning of what follows it; lines gone by. */
  readonly end: number;
  readonly next: number;
  readonly lines: number;
}

/** Reads the record that begins at `start`; undefined: its end is not among these bytes. */
function readRecord(
  bytes: Buffer,
  start: number,
  last: boolean,
  delimiter: string,
  limits: Limits,
): Found | undefined {
  const row: Row = { cells: [], open: undefined };
  let firstNext = 0;
  const firstLineOnly = (fault: string, end: number): Found => ({
    cells: [],
    fault,
    end,
    next: firstNext,
    lines: 1,
  });
  for (let at = start, lines = 1; ; lines++) {
    const lf = bytes.indexOf(LF, at);
    const next = lf < 0 ? bytes.length : lf + 1;
    const stop = lf < 0 ? next : lf;
    const end = stop > at && bytes[stop - 1] === CR ? stop - 1 : stop;
    if (lines === 1) firstNext = next;
    const over = end - start > limits.maxRecordBytes;
    if (lf < 0 && !last && !(over && lines > 1)) return undefined;
    if (over) {
      const reason = row.open === undefined ? tooLong(limits) : `${tooLong(limits)}: a quote is not closed`;
      return firstLineOnly(reason, start + limits.maxRecordBytes);
    }
    const split = splitLine(bytes.toString('utf8', at, next), delimiter, row);
    if (split === 'malformed') return firstLineOnly('text stands after a closing quote', end);
    if (split === 'complete') return { cells: row.cells, end, next, lines };
    if (next === bytes.length && last) return firstLineOnly('a quote is not closed', end);
    at = next;
  }
}
