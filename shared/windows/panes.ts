import type { WindowSpec } from '../pipelines/pipeline.ts';
import type { Timing } from '../streams/decide.ts';
import type { ShownKeys } from '../streams/showing.ts';
import type { ShownGroup } from '../streams/state.ts';
import { boundedText } from '../streams/text.ts';
import type { Content } from './content.ts';
import type { WindowInstance } from './lanes.ts';
import type { Counted } from './shown.ts';
import type { Fields } from './transaction.ts';

/**
 * Keys of a pane that outgrow one document go on in `…~1`, `…~2` beside it. A document's event brings it as it is and as it
 * was: two of them must stay below Eventarc's 512 KB.
 */
export const PART_BYTES = 200 * 1024;
/** So far; a commit ends at 10 MiB. */
export const LARGEST_PARTS = 24;

/** A pane before it is a document. */
export interface Pane extends WindowInstance {
  /** Its document's; see `shown.ts`. */
  readonly path: string;
  readonly end: number;
  readonly version: string;
  readonly spec: WindowSpec;
  readonly index: number;
  readonly timing: Timing;
  readonly final: boolean;
  readonly counted: Counted;
  readonly content: Content;
  /** Of the pane before it: its events (where panes discard, those of all so far), and how many further documents it has. */
  readonly before: { readonly count: number; readonly parts: number };
}

/** To be written; to be deleted where there are no fields. */
export interface PaneDocument {
  readonly path: string;
  readonly fields?: Fields;
}

export function panePath({ pipeline, window, start }: Omit<WindowInstance, 'shape'>): string {
  return `windows/${pipeline}/panes/${window}~${new Date(start).toISOString()}`;
}

/**
 * A pane as its documents, the first of which speaks for all. The keys with the most events come first where there are
 * more than the documents may hold; `omitted` says how many are left out, `hidden` how many the window's definition does
 * not show (their events count in `count`).
 *
 * Panes that discard are kept, each in documents of its own (`…~p0`, `…~p1`); the first document then speaks for the window:
 * it counts the events of all of them, and has no keys.
 */
export function paneDocuments(pane: Pane, now: number): PaneDocument[] {
  const { path, pipeline, window, shape, index, timing, final, version, spec, content, counted, before } =
    pane;
  const identity = { pipeline, window, shape, start: new Date(pane.start), index, updatedAt: new Date(now) };
  const { count, keys, hidden, omitted } = content;
  const parts = keysInParts(keys, spec.top !== undefined);
  const discarding = spec.panes === 'discarding';
  const said: Fields = {
    ...identity,
    end: new Date(pane.end),
    timing,
    final,
    accumulating: !discarding,
    version,
    ...(spec.kind && { kind: spec.kind }),
    ...(spec.slide && { every: spec.slide }),
  };
  const spoken = { timestamp: new Date(pane.end - 1), counted };
  const shown = {
    count,
    ...((spec.having || spec.top) && { hidden }),
    ...(spec.top && { ranking: keys.map(([key]) => key) }),
  };
  if (discarding) {
    const total = { ...spoken, count: before.count + count, parts: 0, omitted: 0, keys: {} };
    const own = inParts(`${path}~p${index}`, { ...said, ...shown, pane: index }, identity, parts, omitted);
    return [{ path, fields: { ...said, ...total } }, ...own];
  }
  const documents = inParts(path, { ...said, ...spoken, ...shown }, identity, parts, omitted);
  const gone = Array.from({ length: before.parts }, (_, at) => `${path}~${at + 1}`);
  return [...documents, ...gone.slice(documents.length - 1).map(path => ({ path }))];
}

function inParts(
  path: string,
  said: Fields,
  identity: Fields,
  parts: readonly ShownKey[][],
  left: number,
): PaneDocument[] {
  const shown = parts.slice(0, LARGEST_PARTS);
  const omitted = parts.slice(LARGEST_PARTS).reduce((total, keys) => total + keys.length, left);
  const head = { ...said, parts: shown.length - 1, omitted, keys: Object.fromEntries(shown[0]!) };
  const rest = shown.slice(1).map((keys, at) => ({
    path: `${path}~${at + 1}`,
    fields: { ...identity, part: at + 1, keys: Object.fromEntries(keys) },
  }));
  return [{ path, fields: head }, ...rest];
}

/**
 * A key as a Firestore map key, which may be neither empty nor like `__this__`: those, and keys that begin with the
 * escape itself, get a `%` in front. Readers take one leading `%` away ({@link keyOfField}).
 */
export function fieldOfKey(key: string): string {
  return key === '' || key.startsWith('%') || /^__.*__$/s.test(key) ? `%${key}` : key;
}

export function keyOfField(field: string): string {
  return field.startsWith('%') ? field.slice(1) : field;
}

const LONGEST_KEY = 300;

/**
 * A grouping key fit for documents: well-formed Unicode, and short. A field name may have 1,500 bytes; a longer key keeps
 * its beginning and a hash of all of it.
 */
export function boundedKey(key: string): string {
  return boundedText(key, LONGEST_KEY);
}

type ShownKey = [field: string, group: ShownGroup];

function keysInParts(shownKeys: ShownKeys['keys'], ranked: boolean): ShownKey[][] {
  const parts: ShownKey[][] = [[]];
  let bytes = 0;
  const keys = shownKeys.map(([key, shown]) => {
    return { key, shown, size: shownBytes(key, shown) };
  });
  const total = keys.reduce((sum, { size }) => sum + size, 0);
  if (total <= PART_BYTES * LARGEST_PARTS) keys.sort(order);
  else if (!ranked) keys.sort((a, b) => b.shown.count - a.shown.count || order(a, b));
  for (const { key, shown, size } of keys) {
    if (bytes + size > PART_BYTES && parts.at(-1)!.length > 0) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push([fieldOfKey(key), shown]);
    bytes += size;
  }
  return parts;
}

/** Bytes that a key takes in a pane's documents, rounded up. */
export function shownBytes(key: string, shown: ShownGroup): number {
  return Buffer.byteLength(key) + 20 + sizeOf(shown);
}

export function order(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

/** Bytes on the wire, rounded up, of a value as Firestore's protocol has it. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 3 * value.length + 6;
  if (value === null || typeof value !== 'object') return 12;
  let size = 12;
  for (const [name, inner] of Object.entries(value)) size += 3 * name.length + 8 + sizeOf(inner);
  return size;
}
