import { type Row, splitLine } from '../../../shared/csv/csv.ts';
import type { Head } from './head.ts';
import type { Sniffer } from './sniff.ts';

const DELIMITERS = [',', '\t', ';'];
const ROWS_COMPARED = 100;

/** A word that can only be meant as a name. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,63}$/u;
const CLOCK_TIME = /\d:\d\d/;
/** No text, or line ends of a CR alone. Tabs and line ends are allowed in a quoted name. */
const CONTROL = /[^\P{Cc}\t\r\n]|\r(?!\n)|\uFFFD/u;

interface Table {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** Columns of each following record; 0 where it is malformed. */
  readonly widths: readonly number[];
}

/**
 * CSV is what has a header: a first record whose cells could be names, with at least half of the records as wide as it.
 * With a single column that is little to go by, so there the header must be a plain word, and no line may have a delimiter.
 */
export const CSV_SNIFFER: Sniffer = head => {
  const tables = DELIMITERS.map(delimiter => tableOf(head, delimiter)).filter(table => table !== undefined);
  const wide = tables
    .filter(table => table.header.length > 1 && looksLikeTable(table))
    .sort((a, b) => share(b) - share(a) || b.header.length - a.header.length)[0];
  if (wide !== undefined) return found(wide.delimiter);
  const oneColumn =
    tables.length === DELIMITERS.length &&
    tables.every(
      ({ header, widths }) => header.length === 1 && widths.length > 0 && widths.every(w => w === 1),
    ) &&
    PLAIN_NAME.test(tables[0]!.header[0]!);
  return oneColumn ? found(',') : undefined;
};

function found(delimiter: string): ReturnType<Sniffer> {
  return { format: delimiter === '\t' ? 'tsv' : 'csv', delimiter };
}

function looksLikeTable(table: Table): boolean {
  const { header, widths } = table;
  if (header.every(name => PLAIN_NAME.test(name))) return true;
  return widths.length > 0 && share(table) >= 0.5 && header.every(couldBeName) && header.some(hasLetterFirst);
}

/** The share of records that are as wide as the header. */
function share({ header, widths }: Table): number {
  return widths.length === 0 ? 1 : widths.filter(width => width === header.length).length / widths.length;
}

/** No time of day, and no sentence. An empty name is for the reader to refuse. */
function couldBeName(cell: string): boolean {
  const words = cell.trim().split(/\s+/).length;
  return cell.length <= 128 && words <= 10 && !CLOCK_TIME.test(cell) && !(words > 3 && /[.!?]$/.test(cell));
}

function hasLetterFirst(cell: string): boolean {
  return /^\s*[\p{L}_]/u.test(cell);
}

function tableOf(head: Head, delimiter: string): Table | undefined {
  let header: string[] | undefined;
  const widths: number[] = [];
  let row: Row = { cells: [], open: undefined };
  for (const line of head.lines) {
    const split = splitLine(line, delimiter, row);
    if (split === 'open') continue;
    if (header !== undefined) widths.push(split === 'complete' ? row.cells.length : 0);
    else if (split === 'malformed' || !isHeader(line, row.cells)) return undefined;
    else header = row.cells;
    row = { cells: [], open: undefined };
    if (widths.length === ROWS_COMPARED) break;
  }
  return header === undefined ? undefined : { delimiter, header, widths };
}

/** Text, with quotes only where they enclose a name. */
function isHeader(line: string, cells: readonly string[]): boolean {
  return cells.every(
    cell => !CONTROL.test(cell) && (!cell.includes('"') || line.includes(`"${cell.replaceAll('"', '""')}"`)),
  );
}
