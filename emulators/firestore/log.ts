import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { frame, readRecords, writeAt } from '../records.ts';
import { Database, SYSTEM } from './database.ts';
import { StoredDocument } from './document.ts';
import { type Change, History } from './history.ts';
import { Store } from './store.ts';
import type { Author } from './types.ts';

const { Reader, Writer } = protobuf;

/** A log larger than this is folded into the snapshot at the next start … */
const COMPACT_BYTES = 64 * 1024 * 1024;
/** … except for its end, which holds the changes that a reader of the feed may still ask for. */
const KEEP_BYTES = 16 * 1024 * 1024;
const HISTORY_BYTES = 64 * 1024 * 1024;

interface Opened {
  readonly database: Database;
  close(): void;
}

/** Sizes to try out compaction with less than the usual. */
export interface LogLimits {
  readonly compactBytes: number;
  readonly keepBytes: number;
}

/**
 * A database that lives in a folder: `snapshot` (every document at one sequence) and `log` (each commit since).
 * A commit is written before it is answered but not synced: it survives the death of the process, not of the machine.
 */
export function openDatabase(
  dir: string,
  limits: LogLimits = { compactBytes: COMPACT_BYTES, keepBytes: KEEP_BYTES },
): Opened {
  mkdirSync(dir, { recursive: true });
  const store = new Store();
  let { sequence, time } = readSnapshot(join(dir, 'snapshot'), store);
  const path = join(dir, 'log');
  let fd = openSync(path, existsSync(path) ? 'r+' : 'w+');
  const { size } = fstatSync(fd);
  const foldUntil = size > limits.compactBytes ? size - limits.keepBytes : 0;
  let history = new History(time, sequence, HISTORY_BYTES);
  let end = 0;
  let foldedEnd = 0;
  for (const record of readRecords(fd)) {
    const commit = decodeCommit(record.payload);
    for (const change of commit.changes) {
      if (change.sequence <= sequence) continue;
      const { time, author } = commit;
      history.push({ ...change, before: store.get(change.name), time, author });
      store.put(change.name, change.after);
    }
    sequence = Math.max(sequence, commit.changes.at(-1)?.sequence ?? 0);
    time = Math.max(time, commit.time);
    end = record.end;
    if (end > foldUntil) continue;
    history = new History(time, sequence, HISTORY_BYTES);
    foldedEnd = end;
  }
  // What a killed process left half-written was never answered.
  ftruncateSync(fd, end);
  if (foldedEnd > 0) {
    writeSnapshot(join(dir, 'snapshot'), store, history);
    fd = dropBeginning(path, fd, foldedEnd);
    end -= foldedEnd;
  }
  history.prune();
  const journal = (changes: readonly Change[], at: number, author: Author): void => {
    const bytes = frame(encodeCommit(changes, at, author));
    writeAt(fd, bytes, end);
    end += bytes.length;
  };
  const database = new Database(journal, store, history, time, sequence);
  return { database, close: () => closeSync(fd) };
}

/** Rewrites the log without its first bytes; the rename makes it one step. */
function dropBeginning(path: string, fd: number, bytes: number): number {
  const next = openSync(`${path}.new`, 'w+');
  let position = 0;
  for (const { payload, end } of readRecords(fd)) {
    if (end <= bytes) continue;
    const record = frame(payload);
    writeAt(next, record, position);
    position += record.length;
  }
  closeSync(fd);
  renameSync(`${path}.new`, path);
  return next;
}

/** Documents as of the history's floor: the log after it is applied again at the next start. */
function writeSnapshot(path: string, store: Store, history: History): void {
  const fd = openSync(`${path}.new`, 'w');
  const first = new Map<string, StoredDocument | undefined>();
  for (const change of history.afterSequence(history.floorSequence))
    if (!first.has(change.name)) first.set(change.name, change.before);
  let position = 0;
  const write = (payload: Uint8Array): void => {
    const record = frame(payload);
    writeAt(fd, record, position);
    position += record.length;
  };
  write(Writer.create().uint32(8).int64(history.floorTime).uint32(16).int64(history.floorSequence).finish());
  for (const doc of store.documents()) if (!first.has(doc.name)) write(encodeChange(doc.name, doc));
  for (const doc of first.values()) if (doc) write(encodeChange(doc.name, doc));
  closeSync(fd);
  renameSync(`${path}.new`, path);
}

function readSnapshot(path: string, store: Store): { sequence: number; time: number } {
  const state = { sequence: 0, time: 0 };
  if (!existsSync(path)) return state;
  const fd = openSync(path, 'r');
  let header = true;
  for (const { payload } of readRecords(fd)) {
    if (header) {
      const reader = Reader.create(payload);
      reader.uint32();
      state.time = Number(reader.int64());
      reader.uint32();
      state.sequence = Number(reader.int64());
      header = false;
      continue;
    }
    const { name, after } = decodeChange(payload);
    store.put(name, after);
  }
  closeSync(fd);
  return state;
}

/**
 * Commit { 1 time, 2 sequence of the first change, 3 repeated Change { 1 name, 2 fields, 3 created, 4 updated }, 4 user }:
 * without a user it was the system's, an empty one stands for nobody signed in.
 */
function encodeCommit(changes: readonly Change[], time: number, author: Author): Uint8Array {
  const writer = Writer.create().uint32(8).int64(time).uint32(16).int64(changes[0]!.sequence);
  for (const { name, after } of changes) writer.uint32(26).bytes(encodeChange(name, after));
  if (author.type !== 'system') writer.uint32(34).string(author.type === 'user' ? author.uid : '');
  return writer.finish();
}

function encodeChange(name: string, doc: StoredDocument | undefined): Uint8Array {
  const writer = Writer.create().uint32(10).string(name);
  if (doc)
    writer.uint32(18).bytes(doc.bytes).uint32(24).int64(doc.createTime).uint32(32).int64(doc.updateTime);
  return writer.finish();
}

interface LoggedChange {
  readonly sequence: number;
  readonly name: string;
  readonly after: StoredDocument | undefined;
}

function decodeCommit(payload: Buffer): { time: number; changes: LoggedChange[]; author: Author } {
  const reader = Reader.create(payload);
  reader.uint32();
  const time = Number(reader.int64());
  reader.uint32();
  let sequence = Number(reader.int64());
  const changes: LoggedChange[] = [];
  let { author } = SYSTEM;
  while (reader.pos < reader.len) {
    if (reader.uint32() === 26) changes.push({ sequence: sequence++, ...decodeChange(reader.bytes()) });
    else author = authorNamed(reader.string());
  }
  return { time, changes, author };
}

const authorNamed = (uid: string): Author =>
  uid === '' ? { type: 'unauthenticated' } : { type: 'user', uid };

function decodeChange(payload: Uint8Array): { name: string; after: StoredDocument | undefined } {
  const reader = Reader.create(payload);
  reader.uint32();
  const name = reader.string();
  if (reader.pos >= reader.len) return { name, after: undefined };
  reader.uint32();
  const bytes = Uint8Array.from(reader.bytes());
  reader.uint32();
  const createTime = Number(reader.int64());
  reader.uint32();
  return { name, after: new StoredDocument(name, bytes, createTime, Number(reader.int64())) };
}
