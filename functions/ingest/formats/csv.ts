import { headerFault, type Row, splitLine, toRecord, widthFault } from '../../../shared/csv/csv.ts';
import { type Cutter, FormatError, type Item, type Limits, type Position } from './item.ts';
import { contentEnd, lineCutter } from './lines.ts';
import { badText, keepAtMost, reject, type Span, tooLong } from './record.ts';

/**
 * RFC 4180 with a header row; values are strings, blank lines are skipped. A record that cannot be read costs its first
 * line only: reading goes on with the next line, so that a quote never closed does not swallow the file.
 */
export function csvCutter(limits: Limits, from: Position): Cutter {
  const delimiter = from.delimiter ?? ',';
  let { header } = from;

  function readHeader(cells: string[], bad: string | undefined, at: Span): void {
    const tooMany = `the header has ${cells.length} columns, ${limits.maxColumns} are allowed`;
    const fault =
      bad !== undefined
        ? `the header cannot be read: ${bad}`
        : cells.length > limits.maxColumns
          ? tooMany
          : headerFault(cells);
    if (fault !== undefined) throw new FormatError(fault, at);
    header = cells;
  }

  function item(bytes: Buffer, span: Span, found: Found): Item | undefined {
    if (found.fault === undefined && found.end === span.start) return undefined;
    const bad = found.fault ?? (span.clean ? undefined : badText(bytes, span.start, span.end));
    if (header === undefined) {
      readHeader(found.cells, bad, span);
      return undefined;
    }
    if (bad !== undefined) return reject(bytes, span, bad);
    const { cells } = found;
    if (cells.length !== header.length) return reject(bytes, span, widthFault(cells.length, header.length));
    return { kind: 'record', value: toRecord(header, cells), line: span.line, offset: span.offset };
  }

  return lineCutter(
    limits,
    from,
    (bytes, place, last) => {
      const found = readRecord(bytes, place.start, last, delimiter, limits);
      if (found === undefined) {
        const tooLongHeader = header === undefined && bytes.length - place.start > keepAtMost(limits);
        if (tooLongHeader) throw new FormatError(`the header is a ${tooLong(limits)}`, place);
        return undefined;
      }
      return { item: item(bytes, { ...place, end: found.end }, found), next: found.next, lines: found.lines };
    },
    () => (header === undefined ? { delimiter } : { delimiter, header }),
  );
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
  let afterFirst = start;
  const refuse = (fault: string, end: number): Found => ({
    cells: [],
    fault,
    end,
    next: afterFirst,
    lines: 1,
  });
  for (let at = start, lines = 1; ; lines++) {
    const lf = bytes.indexOf(10, at);
    const next = lf < 0 ? bytes.length : lf + 1;
    const end = contentEnd(bytes, at, lf);
    if (lines === 1) afterFirst = next;
    const over = end - start > limits.maxRecordBytes;
    if (lf < 0 && !last && !(over && lines > 1)) return undefined;
    // The end is set by the limit, not by the bytes at hand: the excerpt must not depend on how the file came in.
    if (over && lines > 1)
      return refuse(`${tooLong(limits)}: a quote is not closed`, start + limits.maxRecordBytes);
    if (over) return refuse(tooLong(limits), end);
    const split = splitLine(bytes.toString('utf8', at, next), delimiter, row);
    if (split === 'malformed') return refuse('text stands after a closing quote', end);
    if (split === 'complete') return { cells: row.cells, end, next, lines };
    if (next === bytes.length && last) return refuse('a quote is not closed', end);
    if (next === bytes.length) return undefined;
    at = next;
  }
}
