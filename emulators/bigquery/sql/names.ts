import type { TableSchema } from '../types.ts';
import type { Name } from './ast.ts';
import type { Type } from './data-types.ts';
import { refuse } from './errors.ts';
import type { Value } from './value.ts';

/** A column that can be named. Aliases of a join's USING stand for both sides. */
export interface Column {
  readonly name: string | undefined;
  readonly type: Type;
  readonly sql: string;
  /** Left out by `*`: pseudo columns. */
  readonly pseudo?: boolean;
  /** Told when the column is read. */
  readonly used?: () => void;
  /** Of an alias: what it stands for has one. */
  readonly aggregate?: boolean;
  readonly window?: boolean;
}

/** What one item of FROM brings. */
export interface Source {
  readonly alias: string | undefined;
  readonly columns: readonly Column[];
  /** The table asks for a filter on one of its columns in every statement. */
  readonly filter?: { readonly table: string; readonly column: string; readonly at: number };
  /** Of an array's elements: the element itself, which the alias stands for. */
  readonly value?: Column;
}

/** The names that a query's expressions see; beyond them those of the query around it. */
export interface Names {
  readonly sources: readonly Source[];
  /** Columns of USING, each standing for the ones of that name on both sides. */
  readonly merged: readonly Column[];
  readonly outer?: Names;
  /** These are aliases of the select list; `outer` has the names of FROM. */
  readonly aliases?: boolean;
}

export const NO_NAMES: Names = { sources: [], merged: [] };

export interface Found {
  readonly column: Column;
  readonly level: Names;
  /** The name stands for all columns of a table. */
  readonly row?: Source;
}

export const sameName = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();

/** What a name stands for, from the inside out; undefined if for nothing. Throws Refusal where it is ambiguous. */
export function resolve(names: Names, { text, at }: Name): Found | undefined {
  for (let level: Names | undefined = names; level; level = level.outer) {
    const columns = columnsNamed(level, text);
    const sources = level.sources.filter(source => sameName(source.alias, text));
    // A column goes before a table of its name.
    if (columns.length > 1) refuse(at, `Column name ${text} is ambiguous`);
    if (columns.length === 1) return { column: columns[0]!, level };
    if (sources.length === 0) continue;
    const [source] = sources;
    return {
      column: source!.value ?? { name: text, type: rowType(source!), sql: '' },
      level,
      ...(!source!.value && { row: source! }),
    };
  }
  return undefined;
}

/** The column of one source. */
export function columnOf(source: Source, { text, at }: Name): Column | undefined {
  const found = source.columns.filter(({ name }) => sameName(name, text));
  if (found.length > 1) refuse(at, `Column name ${text} is ambiguous`);
  return found[0];
}

function columnsNamed(level: Names, text: string): Column[] {
  const merged = level.merged.filter(({ name }) => sameName(name, text));
  if (merged.length > 0) return merged;
  return level.sources.flatMap(({ columns }) => columns.filter(({ name }) => sameName(name, text)));
}

export const rowType = ({ columns }: Source): Type => ({
  kind: 'STRUCT',
  fields: columns
    .filter(({ pseudo }) => !pseudo)
    .map(({ name, type }) => ({ ...(name !== undefined && { name }), type })),
});

/** All names there are, for a hint at the one that was meant. */
export function allNames(names: Names): string[] {
  const here = names.sources.flatMap(({ alias, columns }) => [alias, ...columns.map(({ name }) => name)]);
  return [...here.filter(name => name !== undefined), ...(names.outer ? allNames(names.outer) : [])];
}

/** Refuses to read a table without the filter that it asks for. */
export function checkFilters(sources: readonly Source[], where: Value | undefined): void {
  for (const { filter, columns } of sources) {
    if (!filter) continue;
    const own = columns.find(({ name }) => sameName(name, filter.column))!;
    if (where?.references.some(({ column }) => column === own)) continue;
    refuse(
      filter.at,
      `Cannot query over table '${filter.table}' without a filter over column(s) '${filter.column}' that can be used for partition elimination`,
    );
  }
}

/** The names of FROM, which GROUP BY groups. */
export const ownLevel = (names: Names): Names => (names.aliases ? names.outer! : names);

/** What a table asks of statements that read it. */
export function filterOf({ ref, requiredFilter }: TableSchema, at: number): Pick<Source, 'filter'> {
  if (requiredFilter === undefined) return {};
  return {
    filter: { table: `${ref.projectId}.${ref.datasetId}.${ref.tableId}`, column: requiredFilter, at },
  };
}
