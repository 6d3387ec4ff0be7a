import { type Row, splitLine } from '../../../shared/csv/csv.ts';
import { FormatError, type FormatName } from './item.ts';

/** The beginning of a file, decompressed and without BOM. */
export interface Head {
  readonly bytes: Buffer;
  /** It is the whole file. */
  readonly whole: boolean;
}

export interface Sniffed {
  readonly format: FormatName;
  readonly delimiter?: string;
}

export const ACCEPTED =
  'NDJSON, a JSON array, a GeoJSON FeatureCollection, a JSON object, CSV and TSV with a header row, ' +
  'in UTF-8, each also gzipped';

/** Recognises the format by content. @throws {FormatError} none of those accepted */
export function sniff(head: Head): Sniffed {
  const text = head.bytes.toString('utf8');
  const first = text.trimStart()[0];
  if (first === undefined) return { format: 'empty' };
  if (first === '{') return { format: 'ndjson' };
  const header = text.slice(0, text.indexOf('\n') + 1 || text.length);
  const delimiter = [',', '\t', ';'].find(d => {
    const row: Row = { cells: [], open: undefined };
    return splitLine(header, d, row) !== 'malformed' && row.cells.length > 1;
  });
  if (delimiter !== undefined) return { format: delimiter === '\t' ? 'tsv' : 'csv', delimiter };
  throw new FormatError(`not a format that can be read; accepted are ${ACCEPTED}`);
}
