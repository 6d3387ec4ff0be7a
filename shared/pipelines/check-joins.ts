import { parseCsv } from '../csv/csv.ts';
import { messageOf } from '../errors/errors.ts';
import { choice } from '../yaml/choice.ts';
import { type Fault, isText, listOf, mapOf, type Unchecked } from './fault.ts';

/** A reference file: its columns, or why it cannot be read. */
export type ReferenceTable = { readonly columns: readonly string[] } | { readonly unreadable: string };
export type ReferenceTables = ReadonlyMap<string, ReferenceTable>;

/** Each instance of `enrich` holds it in memory, several times as large. */
const LARGEST = 16 * 1024 * 1024;

export const fileOf = (reference: string): string => `pipelines/reference/${reference}.csv`;

export function readReferences(contents: ReadonlyMap<string, string>): ReferenceTables {
  return new Map([...contents].map(([name, csv]) => [name, tableOf(csv)]));
}

function tableOf(csv: string): ReferenceTable {
  if (csv.length > LARGEST)
    return { unreadable: `it has ${csv.length} characters; at most ${LARGEST} are taken` };
  try {
    return { columns: parseCsv(csv).header };
  } catch (error) {
    return { unreadable: messageOf(error) };
  }
}

/** Joined files and columns are there, and no row takes the place of something else. */
export function joinFaults(source: Unchecked, tables: ReferenceTables): Fault[] {
  const own = mapOf(mapOf(source['schema'])['properties']);
  const taken = new Set<unknown>();
  return listOf(source['join']).flatMap((item, index) => {
    const join = mapOf(item);
    const { reference, column, as } = join;
    const faults: Fault[] = [];
    if (isText(reference)) faults.push(...referenceFaults(reference, column, index, tables));
    if (isText(as) && (taken.has(as) || Object.hasOwn(own, as))) {
      const other = taken.has(as) ? 'another join' : 'the record itself';
      const mend = 'give the row a name of its own';
      faults.push({ path: ['join', index, 'as'], what: `${other} has a field "${as}" already`, mend });
    }
    taken.add(as);
    return faults;
  });
}

function referenceFaults(
  reference: string,
  column: unknown,
  index: number,
  tables: ReferenceTables,
): Fault[] {
  const file = fileOf(reference);
  const table = tables.get(reference);
  const path = ['join', index, 'reference'];
  if (!table) return [{ path, what: `there is no ${file}`, ...choice(reference, [...tables.keys()]) }];
  if ('unreadable' in table) return [{ path, what: `${file} cannot be read: ${table.unreadable}` }];
  if (!isText(column) || table.columns.includes(column)) return [];
  const what = `${file} has no column "${column}"`;
  return [{ path: ['join', index, 'column'], what, ...choice(column, table.columns) }];
}
