import { readAccessLine } from './access-line.ts';
import type { Cutter, Item, Limits, Position } from './item.ts';
import { oneALine } from './lines.ts';
import { badText, isBlank, reject, type Span, tooLong } from './record.ts';

/** One request a line, as Apache and nginx write them. Blank lines are skipped; a bad line is one reject. */
export function accessLogCutter(limits: Limits, from: Position): Cutter {
  return oneALine(limits, from, itemOf);
}

function itemOf(bytes: Buffer, span: Span, limits: Limits): Item | undefined {
  const { start, end, line, offset } = span;
  if (end - start > limits.maxRecordBytes) return reject(bytes, span, tooLong(limits));
  if (isBlank(bytes, start, end)) return undefined;
  const bad = span.clean ? undefined : badText(bytes, start, end);
  if (bad !== undefined) return reject(bytes, span, bad);
  const value = readAccessLine(bytes.toString('utf8', start, end));
  return typeof value === 'string' ? reject(bytes, span, value) : { kind: 'record', value, line, offset };
}
