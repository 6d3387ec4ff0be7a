import type { Mirror } from './mirror.ts';

/** The topic by which parts of a backfill are handed out, and the step hands itself the rest of one. */
export const BACKFILL_TOPIC = 'mirror-continue';

/** `_millrace/mirror/backfills/{mirror}`: the last backfill of a mirror. */
export interface Backfill {
  readonly mirror: string;
  /** Tells it from earlier ones. */
  readonly run: string;
  readonly parts: number;
  /** Documents that were counted before it began. */
  readonly documents: number;
}

/** `_millrace/mirror/backfillParts/{mirror}~{number}`: some of the documents, in the order of their names. */
export interface BackfillPart {
  readonly run: string;
  /** Path of the first document; null for the beginning. */
  readonly from: string | null;
  /** Path of the document that it ends before; null for the end. */
  readonly to: string | null;
  /** Path of the last document whose rows are in BigQuery. */
  readonly cursor: string | null;
  /** Documents read. */
  readonly read: number;
  /** Documents of the mirror among them: below a pattern of paths other collections may bear the same name. */
  readonly imported: number;
  /** Documents that it may read at most; null for all. */
  readonly most: number | null;
  readonly state: 'open' | 'done' | 'capped';
}

/** A message of the topic: what is to be gone on with. */
export interface BackfillTask {
  readonly mirror: string;
  readonly part: number;
  readonly run: string;
}

export const backfillPath = (mirror: string): string => `_millrace/mirror/backfills/${mirror}`;
export const partPath = (mirror: string, part: number): string =>
  `_millrace/mirror/backfillParts/${mirror}~${part}`;

/** The one collection that a mirror is of; undefined where it is of several, which only a query of the group finds. */
export function singleCollection({ collection, group }: Mirror): string | undefined {
  return group || /[{}]/.test(collection) ? undefined : collection;
}

/** The name that all collections of a mirror bear. */
export const groupOf = ({ collection }: Mirror): string => collection.split('/').at(-1)!;

export function taskMessage(task: BackfillTask): { data: Buffer; attributes: Record<string, string> } {
  return { data: Buffer.from(JSON.stringify(task)), attributes: {} };
}
