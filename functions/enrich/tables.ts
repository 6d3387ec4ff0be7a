import type { Join } from '../../shared/pipelines/pipeline.ts';
import { type ReferenceTable, tableOf } from './table.ts';

/** Characters of CSV whose tables an instance keeps; one that is larger is kept alone. A table takes several times as much. */
const MOST = 32 * 1024 * 1024;

interface Kept {
  readonly table: Promise<ReferenceTable>;
  size: number;
}

/**
 * Tables by content and column, read once: reference data is immutable, a change of it is another version of its pipeline.
 * Those used least lately go, so that an instance which sees many versions does not grow.
 * @param read content of a reference file, by its hash
 */
export function keepTables(read: (hash: string) => Promise<string>, most: number = MOST) {
  const tables = new Map<string, Kept>();
  const load = (key: string, { hash, column }: Join): Kept => {
    const kept: Kept = {
      size: 0,
      table: read(hash).then(csv => {
        kept.size = csv.length;
        forget(key);
        return tableOf(csv, column);
      }),
    };
    kept.table.catch(() => tables.delete(key));
    return kept;
  };
  const forget = (latest: string): void => {
    let total = [...tables.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [key, { size }] of tables) {
      if (total <= most) return;
      if (key === latest) continue;
      tables.delete(key);
      total -= size;
    }
  };
  return (join: Join): Promise<ReferenceTable> => {
    const key = `${join.hash}/${join.column}`;
    const kept = tables.get(key) ?? load(key, join);
    // The last is the one used last.
    tables.delete(key);
    tables.set(key, kept);
    return kept.table;
  };
}
