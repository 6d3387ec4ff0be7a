import { invalid } from '../errors.ts';

/** What one PUT of a resumable upload says about itself. */
export type ContentRange =
  /** No bytes: how far are we? With a total that all bytes are there of, it also ends the upload. */
  | { readonly kind: 'status'; readonly total: number | undefined }
  | {
      readonly kind: 'bytes';
      readonly start: number;
      /** Exclusive; undefined for as long as the body goes. */
      readonly end: number | undefined;
      /** Undefined while the client does not know. */
      readonly total: number | undefined;
    };

/** {@link https://cloud.google.com/storage/docs/performing-resumable-uploads} @throws StorageError 400 */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { kind: 'bytes', start: 0, end: undefined, total: undefined };
  const status = /^bytes \*\/(\d+|\*)$/.exec(header);
  if (status) return { kind: 'status', total: number(status[1]!) };
  // The Node client writes an empty chunk as 0--1/0.
  const bytes = /^bytes (\d+)-(-1|\d+|\*)\/(\d+|\*)$/.exec(header);
  if (!bytes)
    throw bad(header, 'expected bytes FIRST-LAST/TOTAL, where LAST and TOTAL may be *, or bytes */TOTAL');
  const start = Number(bytes[1]);
  const last = number(bytes[2]!);
  const total = number(bytes[3]!);
  const end = last === undefined ? undefined : last + 1;
  if (end !== undefined && end < start) throw bad(header, 'it ends before it starts');
  if (total !== undefined && (end ?? start) > total) throw bad(header, 'it goes beyond its total');
  return { kind: 'bytes', start, end, total };
}

const number = (text: string): number | undefined => (text === '*' ? undefined : Number(text));
const bad = (header: string, why: string) =>
  invalid(`Failed to parse Content-Range header '${header}': ${why}`);
