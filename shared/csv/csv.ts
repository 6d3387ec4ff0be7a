/** A record being read: its finished cells, and the quoted cell that goes on in the next line, if any. */
export interface Row {
  cells: string[];
  /** Text so far of a quoted cell whose closing quote has not come yet. */
  open: string | undefined;
}

/** `open`: the record goes on in the next line; `malformed`: text stands after a closing quote. */
export type Split = 'complete' | 'open' | 'malformed';

/**
 * Splits one physical line (with its line ending, if it has one) into cells by RFC 4180, adding to `row`.
 * A quote inside an unquoted cell is plain text. https://www.rfc-editor.org/rfc/rfc4180
 */
export function splitLine(line: string, delimiter: string, row: Row): Split {
  const end = contentEnd(line);
  if (row.open === undefined && !line.includes('"')) {
    const cells = line.slice(0, end).split(delimiter);
    row.cells = row.cells.length === 0 ? cells : row.cells.concat(cells);
    return 'complete';
  }
  let at = 0;
  for (;;) {
    const goesOn = row.open !== undefined;
    if (goesOn || line[at] === '"') {
      const closed = readQuoted(line, goesOn ? at : at + 1, row);
      if (closed === undefined) return 'open';
      at = closed;
      if (at < end && line[at] !== delimiter) return 'malformed';
    } else {
      const next = line.indexOf(delimiter, at);
      const stop = next < 0 || next > end ? end : next;
      row.cells.push(line.slice(at, stop));
      at = stop;
    }
    if (at >= end) return 'complete';
    at++;
  }
}

/** Reads a quoted cell from inside its quotes. Returns the place after the closing quote, or undefined if it is in a later line. */
function readQuoted(line: string, from: number, row: Row): number | undefined {
  let text = row.open ?? '';
  let at = from;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote < 0) {
      row.open = text + line.slice(at);
      return undefined;
    }
    text += line.slice(at, quote);
    if (line[quote + 1] !== '"') {
      row.open = undefined;
      row.cells.push(text);
      return quote + 1;
    }
    text += '"';
    at = quote + 2;
  }
}

function contentEnd(line: string): number {
  const end = line.endsWith('\n') ? line.length - 1 : line.length;
  return line[end - 1] === '\r' ? end - 1 : end;
}

/** A CSV that cannot be read; `line` is 1-based. */
export class CsvError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.name = 'CsvError';
    this.line = line;
  }
}

/** What is wrong with a header, or undefined: every column needs a name of its own. */
export function headerFault(header: readonly string[]): string | undefined {
  const empty = header.findIndex(name => name.trim() === '');
  if (empty >= 0) return `column ${empty + 1} has no name in the header`;
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  return twice === undefined ? undefined : `two columns of the header are named "${twice}"`;
}

/** One row as an object. Names such as `__proto__` become plain properties. */
export function toRecord(header: readonly string[], cells: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < header.length; i++) {
    const name = header[i]!;
    if (name === '__proto__') {
      Object.defineProperty(record, name, {
        value: cells[i],
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else record[name] = cells[i]!;
  }
  return record;
}

/**
 * Reads a whole CSV at once, for files known to be small and good. Blank lines are skipped, a BOM is dropped.
 * @throws {CsvError} no header, a column without a name or with another's, a row of another width, a quote that is not closed
 */
export function parseCsv(text: string, delimiter = ','): { header: string[]; rows: string[][] } {
  const lines = text.replace(/^\uFEFF/, '').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const rows: string[][] = [];
  let row: Row = { cells: [], open: undefined };
  let first = 1;
  lines.forEach((line, i) => {
    if (row.open === undefined) {
      if (contentEnd(line) === 0) return;
      first = i + 1;
    }
    const split = splitLine(line, delimiter, row);
    if (split === 'malformed') throw new CsvError('text stands after a closing quote', first);
    if (split === 'open') return;
    const width = rows[0]?.length ?? row.cells.length;
    if (row.cells.length !== width) throw new CsvError(widthFault(row.cells.length, width), first);
    rows.push(row.cells);
    row = { cells: [], open: undefined };
  });
  if (row.open !== undefined) throw new CsvError('a quote is not closed', first);
  const header = rows.shift();
  if (header === undefined) throw new CsvError('the file has no header', 1);
  const fault = headerFault(header);
  if (fault !== undefined) throw new CsvError(fault, 1);
  return { header, rows };
}

export function widthFault(found: number, expected: number): string {
  return `has ${found} ${found === 1 ? 'column' : 'columns'}, the header has ${expected}`;
}
