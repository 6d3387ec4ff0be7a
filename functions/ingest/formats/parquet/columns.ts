import type { SchemaTree } from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import type { ChunkBytes } from './chunk-bytes.ts';
import { createDecoder, type Leaf, type PageHead, readHead } from './pages.ts';
import { type Plain, Unreadable } from './values.ts';

/** A column of the records within one row group, opened a page at a time. */
export interface Column {
  readonly name: string;
  /** Opens the page that has this row of the group. */
  open(row: number): Promise<void>;
  /** Rows before this one can be had without opening another page. */
  end(): number;
  /** The value as JSON, null where there is none, or Unreadable. Of rows that are open. */
  at(row: number): unknown;
}

/** What the open pages of all columns take in memory, at most. */
export interface Budget {
  take(bytes: number): void;
  give(bytes: number): void;
}

const OPEN_BYTES = 192 * 1024 ** 2;
const NESTED_BYTES = 32 * 1024 ** 2;
const DECODED_BYTES = 128 * 1024 ** 2;
const TOO_LARGE = `its row group has over ${NESTED_BYTES.toLocaleString('en-US')} bytes of lists or objects: write the file with smaller row groups`;
const NOT_LISTED = 'not in its dictionary';

export function createBudget(): Budget {
  let used = 0;
  return {
    take: bytes => {
      used += bytes;
      if (used <= OPEN_BYTES) return;
      const bound = OPEN_BYTES.toLocaleString('en-US');
      throw new Error(
        `the pages that are open at once take over ${bound} bytes: write the file with smaller pages or fewer columns`,
      );
    },
    give: bytes => {
      used -= bytes;
    },
  };
}

/** A column whose values are neither lists nor objects: one value a row, so one page is open at a time. */
export function flatColumn(
  leaf: Leaf,
  bytes: ChunkBytes,
  start: number,
  rows: number,
  budget: Budget,
): Column {
  const { name, plain } = leaf;
  const decoder = createDecoder(leaf, plain);
  let at = start;
  let first = 0;
  let end = 0;
  let held = 0;
  let values: ArrayLike<unknown> = [];
  let converted = true;

  async function decode(head: PageHead): Promise<void> {
    budget.take(head.bytes);
    if (head.header.type === 'DICTIONARY_PAGE') {
      decoder.decode(head, await bytes.take(head.start, head.end - head.start));
      return;
    }
    budget.give(held);
    held = head.bytes;
    const stored = await bytes.take(head.start, head.end - head.start);
    ({ values, listed: converted } = decoder.decode(head, stored));
    if (values.length !== head.values)
      throw new Error(`a page has ${values.length} of ${head.values} values`);
  }

  return {
    name,
    open: async row => {
      while (end <= row) {
        const head = await readHead(bytes, at);
        if (head === undefined) throw new Error(`it ends after ${end} of the ${rows} rows of its row group`);
        if (head.values > rows - end)
          throw new Error(`it has more values than the ${rows} rows of its row group`);
        const wanted = end + head.values > row;
        if (head.header.type === 'DICTIONARY_PAGE' || (wanted && head.values > 0)) await decode(head);
        at = head.end;
        if (head.values === 0) continue;
        first = end;
        end += head.values;
      }
    },
    end: () => end,
    at: row => {
      const value = values[row - first];
      if (value === undefined) return new Unreadable(NOT_LISTED);
      return value === null || converted ? value : plain(value);
    },
  };
}

/** A column of lists, maps or objects: its row group is read as a whole, so it is bounded. */
export function nestedColumn(
  tree: SchemaTree,
  leaves: readonly { readonly leaf: Leaf; readonly bytes: ChunkBytes; readonly start: number }[],
  rows: number,
  budget: Budget,
): Column {
  const { name } = tree.element;
  let values: ArrayLike<unknown> | undefined;
  const unreadable = new Map<number, Unreadable>();

  /** Lists in lists down to the values, which become JSON. */
  function plainRow(value: unknown, plain: Plain, row: number): unknown {
    if (Array.isArray(value)) return value.map(one => plainRow(one, plain, row));
    if (value === null) return null;
    const json = value === undefined ? new Unreadable(NOT_LISTED) : plain(value);
    if (!(json instanceof Unreadable)) return json;
    if (!unreadable.has(row)) unreadable.set(row, json);
    return null;
  }

  async function leafValues(leaf: Leaf, bytes: ChunkBytes, start: number): Promise<unknown[]> {
    const decoder = createDecoder(leaf);
    const parts: ArrayLike<unknown>[] = [];
    let size = 0;
    for (let at = start; ; ) {
      const head = await readHead(bytes, at);
      if (head === undefined) break;
      at = head.end;
      if (head.header.type === 'INDEX_PAGE') continue;
      size += head.bytes;
      if (size > DECODED_BYTES) throw new Error(TOO_LARGE);
      budget.take(head.bytes);
      const stored = await bytes.take(head.start, head.end - head.start);
      const before = parts.at(-1);
      const { values: page } = decoder.decode(head, stored, Array.isArray(before) ? before : undefined);
      // A list that goes on is added to what there is.
      if (page !== before && page.length > 0) parts.push(page);
    }
    const rowsRead = parts.flatMap(part => Array.from(part));
    if (rowsRead.length !== rows) {
      throw new Error(`it has ${rowsRead.length} of the ${rows} rows of its row group`);
    }
    return rowsRead.map((value, row) => plainRow(value, leaf.plain, row));
  }

  return {
    name,
    open: async () => {
      if (values !== undefined) return;
      const total = leaves.reduce((sum, { leaf }) => sum + Number(leaf.data.total_uncompressed_size), 0);
      if (total > NESTED_BYTES) throw new Error(TOO_LARGE);
      const columns = new Map<string, unknown[]>();
      for (const { leaf, bytes, start } of leaves)
        columns.set(leaf.name, await leafValues(leaf, bytes, start));
      assembleNested(columns, tree, DEFAULT_PARSERS);
      values = columns.get(name) ?? [];
    },
    end: () => rows,
    at: row => unreadable.get(row) ?? values?.[row] ?? null,
  };
}
