import type { Cutter, Limits, Position } from './item.ts';
import { contentEnd, lineCutter } from './lines.ts';
import { isBlank, jsonItem } from './record.ts';

/** One JSON object a line. Blank lines are skipped; a bad line is one reject and the next line goes on. */
export function ndjsonCutter(limits: Limits, from: Position): Cutter {
  return lineCutter(
    limits,
    from,
    (bytes, place, last) => {
      const { start } = place;
      const lf = bytes.indexOf(10, start);
      if (lf < 0 && !last) return undefined;
      const end = contentEnd(bytes, start, lf);
      const next = lf < 0 ? bytes.length : lf + 1;
      const blank = end - start <= limits.maxRecordBytes && isBlank(bytes, start, end);
      return { item: blank ? undefined : jsonItem(bytes, { ...place, end }, limits), next, lines: 1 };
    },
    () => ({}),
  );
}
