import { invalid, required } from './errors.ts';

const MAX_OBJECT_NAME_BYTES = 1024;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/** {@link https://cloud.google.com/storage/docs/buckets#naming} */
export function checkBucketName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw required('name');
  const tooLong = name.split('.').some(part => part.length > 63);
  if (!BUCKET.test(name) || tooLong || name.includes('..') || name.startsWith('goog'))
    throw invalid(
      `Invalid bucket name: '${name}': expected 3 to 63 lower-case letters, digits, '-', '_' or '.', not beginning with goog`,
    );
  return name;
}

/** {@link https://cloud.google.com/storage/docs/objects#naming} */
export function checkObjectName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw required('name');
  if (Buffer.byteLength(name) > MAX_OBJECT_NAME_BYTES)
    throw invalid(
      `The specified object name is too long: expected at most ${MAX_OBJECT_NAME_BYTES} bytes of UTF-8`,
    );
  if (/[\r\n]/.test(name) || !name.isWellFormed() || name === '.' || name === '..')
    throw invalid(
      `Invalid object name: ${JSON.stringify(name)}: expected no line breaks and neither . nor ..`,
    );
  return name;
}

/** Order of UTF-8 bytes, in which lists come; UTF-16 order differs beyond U+FFFF. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for what sorts after everything else in UTF-8.
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
