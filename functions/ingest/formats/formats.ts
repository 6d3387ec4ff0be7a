import { csvCutter } from './csv.ts';
import type { Cutter, FormatName, Limits, Position } from './item.ts';
import { ndjsonCutter } from './ndjson.ts';
import { wholeCutter } from './whole.ts';

/** How each format is read. A new format is a row here and one in `sniff.ts`. */
export const CUTTERS: Readonly<Record<FormatName, (limits: Limits, from: Position) => Cutter>> = {
  ndjson: ndjsonCutter,
  csv: csvCutter,
  tsv: csvCutter,
  json: wholeCutter,
  'json-array': wholeCutter,
  geojson: wholeCutter,
  empty: (_limits, from) => ({ cut: bytes => bytes.length, position: () => from }),
};
