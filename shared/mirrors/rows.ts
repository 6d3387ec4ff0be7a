import type { Timestamp } from '../events/firestore-values.ts';
import { idOf } from '../ids/ids.ts';
import { pathOf } from './json.ts';
import { type Mirror, paramsOf } from './mirror.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'IMPORT';

/** One document after one change of it, as the mirror writes it. */
export interface Change {
  /** Full name of the document. */
  readonly name: string;
  /** The same for every delivery of the change. */
  readonly eventId: string;
  readonly operation: Operation;
  /** Microseconds since the epoch: when the change was committed, the same at each delivery. */
  readonly time: number;
  /** Microseconds: of when the state below is; it decides which state is the later one. */
  readonly stateTime: number;
  /** JSON; undefined when there is no document any more. */
  readonly data: string | undefined;
  readonly oldData: string | undefined;
}

/** A row of the changelog; names and types are those of firestore-bigquery-export. */
export interface ChangelogRow {
  readonly timestamp: string;
  readonly event_id: string;
  readonly document_name: string;
  readonly document_id: string;
  readonly operation: Operation;
  readonly data: string | null;
  readonly old_data?: string | null;
  readonly path_params?: string | null;
}

/** A row of the latest table, as the message of an upsert has it: a timestamp is its microseconds. */
export interface LatestRow extends Omit<ChangelogRow, 'old_data' | 'timestamp'> {
  readonly timestamp: number;
}

export function changelogRow(mirror: Mirror, change: Change): ChangelogRow {
  const row = { ...columnsOf(mirror, change), timestamp: rfc3339(change.time) };
  return mirror.oldData ? { ...row, old_data: change.oldData ?? null } : row;
}

/** The row of a document among the latest; of a deleted one only its key counts. */
export function latestRow(mirror: Mirror, change: Change): LatestRow {
  return { ...columnsOf(mirror, change), timestamp: change.stateTime };
}

/** What both tables have. */
function columnsOf(
  mirror: Mirror,
  { name, eventId, operation, data }: Change,
): Omit<ChangelogRow, 'old_data' | 'timestamp'> {
  const path = pathOf(name);
  const columns = {
    event_id: eventId,
    document_name: name,
    document_id: path.slice(path.lastIndexOf('/') + 1),
    operation,
    data: data ?? null,
  };
  if (!mirror.pathParams) return columns;
  return { ...columns, path_params: JSON.stringify(paramsOf(mirror, path) ?? {}) };
}

/**
 * What orders the changes of a document among the latest, whatever order they come in: BigQuery keeps the row of the highest
 * `_CHANGE_SEQUENCE_NUMBER`, compared section by section as hexadecimal numbers. The time of the state comes first; where an
 * import and a live change tell of the same state, the live one stays.
 * {@link https://cloud.google.com/bigquery/docs/change-data-capture#manage_custom_ordering}
 */
export function sequenceOf({ stateTime, operation }: Change): string {
  return `${stateTime.toString(16)}/${operation === 'IMPORT' ? 0 : 1}`;
}

/** Best-effort deduplication by BigQuery itself, within minutes; two mirrors of one collection have ids of their own. */
export function insertIdOf(mirror: Mirror, { eventId }: Change): string {
  return idOf('mirror', mirror.name, eventId);
}

/** The event id of an imported state: read again, it is the same row. */
export function importId(name: string, stateTime: number): string {
  return `import-${idOf(name, String(stateTime))}`;
}

/** Exact until the year 2255: Firestore's times have no more than microseconds. */
export function microsOf({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1e6 + Math.floor(nanos / 1000);
}

/** Microseconds of RFC 3339 text, with up to nine digits of a second. @throws RangeError for anything else */
export function microsOfText(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const whole = Date.parse(text.replace(/\.\d+/, ''));
  if (Number.isNaN(whole)) throw new RangeError(`"${text}" is no time in RFC 3339`);
  return whole * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** With six digits of a second, as BigQuery's TIMESTAMP keeps them. */
export function rfc3339(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros - millis * 1000).padStart(3, '0')}Z`;
}
