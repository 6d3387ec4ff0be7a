import { createHash } from 'node:crypto';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import type { Fields } from '../../shared/windows/transaction.ts';

/**
 * Which events of a pipeline have been counted, for pipelines that recognise a repetition: `_millrace/aggregate/seen/…`, a
 * document a day of event time. An event is kept in twelve bytes: its millisecond of the day and 64 bits of the hash of
 * its identity. A day that outgrows its document is spread over chunks by the leading bits of those, so by time first:
 * events that come in their order touch the last chunk alone.
 */
const DAY_MS = 24 * 3600_000;
const ENTRY_BYTES = 12;
/** 27 bits hold the milliseconds of a day; they stand at the front of 32. */
const TIME_SHIFT = 2 ** 5;
const ENTRY_BITS = ENTRY_BYTES * 8;
const CHUNK_BYTES = 256 * 1024;
const NOTHING = new Uint8Array();

/** An entry as text of twelve bytes (latin1), which a Set can hold. */
export type Entry = string;

export interface Seen {
  readonly path: string;
  /** Names of the chunks; none while the day is in one piece, the chunk named ``. */
  readonly names: readonly string[];
  /** Entries of the chunks that have been read. */
  readonly chunks: Map<string, Set<Entry>>;
}

/** The document of an event's day, and its entry there. */
export function placeOf(pipeline: string, event: PipelineEvent): { path: string; entry: Entry } {
  const time = Date.parse(event.time);
  const day = Math.floor(time / DAY_MS);
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt32BE((time - day * DAY_MS) * TIME_SHIFT);
  createHash('sha256').update(event.source).update('\0').update(event.id).digest().copy(entry, 4, 0, 8);
  const name = new Date(day * DAY_MS).toISOString().slice(0, -'T00:00:00.000Z'.length);
  return { path: `_millrace/aggregate/seen/${pipeline}~${name}`, entry: entry.toString('latin1') };
}

/** The chunk that an entry belongs to. */
export function chunkOf(names: readonly string[], entry: Entry): string {
  if (names.length === 0) return '';
  const known = new Set(names);
  for (let length = 1; length <= ENTRY_BITS; length++) {
    const name = bitsOf(entry, length);
    if (known.has(name)) return name;
  }
  throw new Error(`No chunk covers the entry among ${names.join(', ')}`);
}

export function seenChunkPath(path: string, name: string): string {
  return `${path}/chunks/c${name}`;
}

/** Entries of a document or a chunk; none where it has expired. */
export function entriesOf(fields: Fields | undefined): Set<Entry> {
  const text = Buffer.from((fields?.['ids'] as Uint8Array | undefined) ?? NOTHING).toString('latin1');
  const entries = new Set<Entry>();
  for (let at = 0; at < text.length; at += ENTRY_BYTES) entries.add(text.slice(at, at + ENTRY_BYTES));
  return entries;
}

export interface SeenChange {
  readonly path: string;
  readonly fields: Fields;
  readonly bytes: number;
}

/**
 * What is to be written of a day some of whose chunks have new entries.
 * @param changed names of those chunks
 * @param expireAt when the whole may be forgotten: no earlier than the horizon after its last event
 */
export function seenChanges(
  seen: Seen,
  changed: ReadonlySet<string>,
  expireAt: Date,
  limit = CHUNK_BYTES,
): SeenChange[] {
  const pieces = [...changed].flatMap(name => split(name, [...seen.chunks.get(name)!], limit));
  const inline = pieces.find(({ name }) => name === '');
  const kept = seen.names.filter(name => !changed.has(name));
  const names = inline ? [] : [...kept, ...pieces.map(({ name }) => name)].sort();
  const ids = inline?.ids ?? NOTHING;
  const head = { path: seen.path, fields: { chunks: names, ids, expireAt }, bytes: ids.length };
  const chunks = pieces
    .filter(({ name }) => name !== '')
    .map(({ name, ids }) => ({
      path: seenChunkPath(seen.path, name),
      fields: { ids, expireAt },
      bytes: ids.length,
    }));
  return [head, ...chunks];
}

/** A chunk in as many pieces as its size asks for; together they cover what it covered. */
function split(name: string, entries: readonly Entry[], limit: number): { name: string; ids: Uint8Array }[] {
  if (entries.length * ENTRY_BYTES <= limit || name.length === ENTRY_BITS) {
    return [{ name, ids: Buffer.from(entries.join(''), 'latin1') }];
  }
  const isOne = (entry: Entry): boolean => bitAt(entry, name.length) === 1;
  const ones = entries.filter(isOne);
  const zeros = entries.filter(entry => !isOne(entry));
  return [...split(`${name}0`, zeros, limit), ...split(`${name}1`, ones, limit)];
}

function bitsOf(entry: Entry, length: number): string {
  return Array.from({ length }, (_, at) => bitAt(entry, at)).join('');
}

function bitAt(entry: Entry, at: number): 0 | 1 {
  return ((entry.charCodeAt(at >> 3) >> (7 - (at & 7))) & 1) as 0 | 1;
}
