import { accessLogCutter } from './access-log.ts';
import { csvCutter } from './csv.ts';
import type { Cutter, Limits, Position, StreamFormat } from './item.ts';
import { geojsonCutter, jsonArrayCutter } from './json-list.ts';
import { ndjsonCutter } from './ndjson.ts';
import { wholeCutter } from './whole.ts';

/** How each format is read as a stream. A new one is a row here and one in `sniff.ts`. Parquet is read by ranges instead. */
export const CUTTERS: Readonly<Record<StreamFormat, (limits: Limits, from: Position) => Cutter>> = {
  ndjson: ndjsonCutter,
  'json-array': jsonArrayCutter,
  geojson: geojsonCutter,
  json: wholeCutter,
  csv: csvCutter,
  tsv: csvCutter,
  'access-log': accessLogCutter,
  empty: (_limits, from) => ({ cut: bytes => bytes.length, position: () => from }),
};
