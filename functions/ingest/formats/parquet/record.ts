import type { Item, Limits } from '../item.ts';
import { excerptOf, tooLong } from '../record.ts';
import type { Column } from './columns.ts';
import { Unreadable } from './values.ts';

const NUMBER_BYTES = 8;

/** One row as an item, and roughly how many bytes its values have. A null is a missing value and left out. */
export function recordAt(
  columns: readonly Column[],
  at: number,
  row: number,
  limits: Limits,
): { item: Item; bytes: number } {
  const value: Record<string, unknown> = {};
  let bytes = 0;
  let wrong: string | undefined;
  for (const column of columns) {
    const cell = column.at(at);
    // Also what is left out takes time to read.
    bytes++;
    if (cell === null) continue;
    if (cell instanceof Unreadable) {
      wrong ??= `the value of "${column.name}" is ${cell.reason}`;
      continue;
    }
    bytes += sizeOf(cell);
    if (column.name === '__proto__') {
      Object.defineProperty(value, column.name, { value: cell, enumerable: true });
    } else value[column.name] = cell;
  }
  const place = { line: row + 1, offset: row };
  const long = bytes > limits.maxRecordBytes;
  if (!wrong && !long) return { item: { kind: 'record', value, ...place }, bytes };
  const text = Buffer.from(JSON.stringify(value));
  const excerpt = excerptOf(text, 0, text.length);
  return { item: { kind: 'reject', reason: wrong ?? tooLong(limits), ...place, excerpt }, bytes };
}

function sizeOf(cell: unknown): number {
  if (typeof cell === 'string') return cell.length;
  return typeof cell === 'object' ? JSON.stringify(cell).length : NUMBER_BYTES;
}
