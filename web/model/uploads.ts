import type { Row } from '../data/listen.ts';
import { map, millis, number, oneOf, text } from './read.ts';

export type UploadState = 'reading' | 'read' | 'done' | 'failed';
const STATES: readonly UploadState[] = ['reading', 'read', 'done', 'failed'];

export interface UploadView {
  readonly id: string;
  /** The file's name without its folder. */
  readonly name: string;
  readonly object: string;
  readonly generation: string | undefined;
  readonly state: UploadState;
  /** From 0 to 1: how much of the file has been read. */
  readonly progress: number;
  readonly size: number;
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly late: number;
  readonly repeated: number;
  readonly error: string | undefined;
  /** Where rejects went that are no documents. */
  readonly more: number;
  readonly startedAt: number | undefined;
  readonly changedAt: number | undefined;
}

/** What the step upload-url puts before a file's name. */
const STAMP = /^\d{8}T\d{9}Z-(?=.)/;

export function uploadOf({ id, data }: Row): UploadView {
  const counts = map(data['counts']);
  const state = oneOf(data['state'], STATES, 'reading');
  const size = number(data['size']) ?? 0;
  const object = text(data['name']) ?? id;
  const of = (name: string): number => number(counts[name]) ?? 0;
  return {
    id,
    name: (object.split('/').at(-1) || object).replace(STAMP, ''),
    object,
    generation: text(data['generation']),
    state,
    progress: state === 'reading' ? Math.min(1, (number(data['bytes']) ?? 0) / Math.max(1, size)) : 1,
    size,
    records: of('records'),
    accepted: of('accepted'),
    rejected: of('rejected'),
    late: of('late'),
    repeated: of('repeated'),
    error: text(map(data['error'])['reason']),
    more: number(map(data['rejects'])['count']) ?? 0,
    startedAt: millis(data['startedAt']),
    changedAt: millis(data['finishedAt']) ?? millis(data['updatedAt']),
  };
}

/** What is going on, in a word or two. */
export const STATE_WORDS: Readonly<Record<UploadState, string>> = {
  reading: 'Reading',
  read: 'Counting',
  done: 'Done',
  failed: 'Failed',
};
