import { type Checkpoint, FormatError, type FormatName, type Item } from './item.ts';
import { type Chunk, type ReadOptions, readItems } from './read.ts';

/** What a reading came to, for the tests of this folder. */
export interface Reading {
  readonly items: Item[];
  readonly chunks: Chunk[];
  readonly format: FormatName | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly error: FormatError | undefined;
}

/** Reads a whole content to the end, or to its FormatError; any other error is thrown. */
export async function reading(
  content: string | Uint8Array | readonly Uint8Array[],
  options: ReadOptions = {},
): Promise<Reading> {
  const chunks: Chunk[] = [];
  let error: FormatError | undefined;
  try {
    for await (const chunk of readItems(sourceOf(content), options)) chunks.push(chunk);
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown;
  }
  const checkpoint = chunks.at(-1)?.checkpoint;
  return { items: chunks.flatMap(c => c.items), chunks, format: checkpoint?.format, checkpoint, error };
}

export async function* sourceOf(
  content: string | Uint8Array | readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/** The same bytes in pieces of these sizes, over and over. */
export function pieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    out.push(bytes.subarray(at, at + size));
    at += size;
  }
  return out;
}

export function values(items: readonly Item[]): unknown[] {
  return items.filter(item => item.kind === 'record').map(item => item.value);
}

/** The rejects as `line: reason`. */
export function rejects(items: readonly Item[]): string[] {
  return items.filter(item => item.kind === 'reject').map(item => `${item.line}: ${item.reason}`);
}
