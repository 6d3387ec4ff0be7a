import { parseCsv } from '../../shared/csv/csv.ts';

/** A reference file by the value of one column; the first row of a value counts. */
export type ReferenceTable = ReadonlyMap<string, Readonly<Record<string, string>>>;

export function tableOf(csv: string, column: string): ReferenceTable {
  const { header, rows } = parseCsv(csv);
  const at = header.indexOf(column);
  if (at < 0) throw new Error(`The reference has no column "${column}". It has: ${header.join(', ')}.`);
  const table = new Map<string, Record<string, string>>();
  for (const row of rows) {
    const value = row[at];
    if (value === undefined || table.has(value)) continue;
    table.set(value, Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
  }
  return table;
}
