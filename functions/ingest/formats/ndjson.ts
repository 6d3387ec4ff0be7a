import type { Cutter, Item, Limits, Position } from './item.ts';
import { oneALine } from './lines.ts';
import { isBlank, jsonItem, type Span } from './record.ts';

/** One JSON object a line. Blank lines are skipped; a bad line is one reject and the next line goes on. */
export function ndjsonCutter(limits: Limits, from: Position): Cutter {
  return oneALine(limits, from, itemOf);
}

function itemOf(bytes: Buffer, span: Span, limits: Limits): Item | undefined {
  const { start, end } = span;
  const blank = end - start <= limits.maxRecordBytes && isBlank(bytes, start, end);
  return blank ? undefined : jsonItem(bytes, span, limits);
}
