import { parquetSchema, type SchemaTree } from 'hyparquet';
import type { FileBytes } from '../file.ts';
import { type Checkpoint, FormatError, type Item, type Limits } from '../item.ts';
import type { Chunk } from '../read.ts';
import { openChunks } from './chunk-bytes.ts';
import { type Column, createBudget, flatColumn, nestedColumn } from './columns.ts';
import { type Footer, leavesOf, rangeOf, readFooter } from './footer.ts';
import { leafOf } from './pages.ts';
import { recordAt } from './record.ts';

const CHUNK_ITEMS = 500;
/** Below this much content its proportion to the file is not judged. */
const RATIO_JUDGED_FROM = 32 * 1024 ** 2;

/**
 * Reads a Parquet file row by row, with a page of each column in memory at a time, however large its row groups are.
 * A row's `offset` is its number from 0, its `line` that from 1.
 * @throws {FormatError} at the row where it cannot be read any further
 */
export async function* readParquet(
  file: FileBytes,
  limits: Limits,
  from?: Checkpoint,
): AsyncGenerator<Chunk> {
  const footer = await readFooter(file, limits);
  let row = from?.offset ?? 0;
  let content = from?.content ?? 0;
  const chunk = (items: Item[]): Chunk => ({
    items,
    checkpoint: { format: 'parquet', compressed: false, offset: row, line: row + 1, content },
  });
  const fail = (reason: string): FormatError => new FormatError(reason, { line: row + 1, offset: row });
  // A reading may have ended between the row that was too much and the word of it.
  const before = tooMuch(content, file, limits);
  if (before) throw fail(before);

  let groupStart = 0;
  for (const [index, { num_rows }] of footer.metadata.row_groups.entries()) {
    const rows = Number(num_rows);
    const groupEnd = groupStart + rows;
    const columns = row < groupEnd ? await openGroup(file, footer, index, rows) : [];
    while (row < groupEnd) {
      const inGroup = row - groupStart;
      await openRow(columns, inGroup, fail);
      const end = Math.min(inGroup + CHUNK_ITEMS, ...columns.map(column => column.end()));
      const items: Item[] = [];
      let fault: FormatError | undefined;
      for (let at = inGroup; at < end && fault === undefined; at++) {
        const { item, bytes } = recordAt(columns, at, row, limits);
        items.push(item);
        row++;
        content += bytes;
        const reason = tooMuch(content, file, limits);
        if (reason) fault = fail(reason);
      }
      yield chunk(items);
      if (fault) throw fault;
    }
    groupStart = groupEnd;
  }
  yield chunk([]);
}

/** Opens all columns at once; of several errors that of the first column is told, so that each reading tells the same. */
async function openRow(
  columns: readonly Column[],
  row: number,
  fail: (reason: string) => FormatError,
): Promise<void> {
  const opened = await Promise.allSettled(columns.map(column => column.open(row)));
  const errors = opened.map(result => (result.status === 'rejected' ? (result.reason as Error) : undefined));
  // What the network did is for another try; what the bytes are is for good.
  const transfer = errors.find(error => error instanceof TransferError);
  if (transfer) throw transfer;
  const at = errors.findIndex(error => error !== undefined);
  if (at >= 0) throw fail(`the column "${columns[at]!.name}" cannot be read: ${errors[at]!.message}`);
}

async function openGroup(file: FileBytes, footer: Footer, index: number, rows: number): Promise<Column[]> {
  const { columns: chunks } = footer.metadata.row_groups[index]!;
  const datas = chunks.map(chunk => chunk.meta_data!);
  const ranges = datas.map(rangeOf);
  const bytes = await openChunks(transfers(file), ranges);
  const root = parquetSchema(footer.metadata);
  const budget = createBudget();
  let next = 0;
  return footer.columns.map((tree): Column => {
    const leaves = leavesOf(tree).map(leaf => {
      const at = next++;
      return { leaf: leafOf(root, leaf, datas[at]!), bytes: bytes[at]!, start: ranges[at]!.start };
    });
    const [only] = leaves;
    return isFlat(tree)
      ? flatColumn(only!.leaf, only!.bytes, only!.start, rows, budget)
      : nestedColumn(tree, leaves, rows, budget);
  });
}

const isFlat = ({ children, element }: SchemaTree): boolean =>
  children.length === 0 && element.repetition_type !== 'REPEATED';

/** Gzip is held to the same: some bytes in a file may stand for any number of values. */
function tooMuch(content: number, file: FileBytes, limits: Limits): string | undefined {
  if (content > limits.maxBytes)
    return `the content is over ${limits.maxBytes.toLocaleString('en-US')} bytes`;
  if (content <= RATIO_JUDGED_FROM || content <= file.size * limits.maxRatio) return undefined;
  return `the file expands ${Math.round(content / file.size)} to 1, the limit is ${limits.maxRatio} to 1`;
}

/** An error of the network or the store, as it came. */
class TransferError extends Error {}

function transfers(file: FileBytes): Pick<FileBytes, 'slice'> {
  return {
    slice: (start, end) =>
      file.slice(start, end).catch((cause: unknown) => {
        throw new TransferError(`bytes ${start} to ${end} could not be had: ${(cause as Error).message}`, {
          cause,
        });
      }),
  };
}
