import { isUtf8 } from 'node:buffer';
import type { Item, Limits } from './item.ts';

export const EXCERPT_BYTES = 1024;

/** Where a record begins: in the bytes at hand, and in the file. */
export interface Place {
  readonly start: number;
  readonly line: number;
  readonly offset: number;
  /** The bytes are known to be valid UTF-8 without NUL, so they need not be looked at again. */
  readonly clean: boolean;
}

export interface Span extends Place {
  readonly end: number;
}

/** The first bytes of a record as text, never cut inside a character. */
export function excerptOf(bytes: Buffer, start: number, end: number): string {
  let stop = Math.min(end, start + EXCERPT_BYTES);
  if (stop < end) while (stop > start && ((bytes[stop] ?? 0) & 0xc0) === 0x80) stop--;
  return bytes.toString('utf8', start, stop);
}

export function reject(bytes: Buffer, span: Span, reason: string): Item {
  const { line, offset } = span;
  return { kind: 'reject', reason, line, offset, excerpt: excerptOf(bytes, span.start, span.end) };
}

export function tooLong(limits: Limits): string {
  return `record over ${limits.maxRecordBytes.toLocaleString('en-US')} bytes`;
}

/** More than this without an end in sight is a record too long, whatever follows (a CR may, and an excerpt must fit). */
export function keepAtMost(limits: Limits): number {
  return Math.max(limits.maxRecordBytes, EXCERPT_BYTES) + 1;
}

/** Why the bytes are no text that can be kept as it is, or undefined. */
export function badText(bytes: Buffer, start: number, end: number): string | undefined {
  const part = bytes.subarray(start, end);
  if (part.includes(0)) return `contains a NUL byte, at byte ${part.indexOf(0) + 1} of the record`;
  return isUtf8(part) ? undefined : 'not valid UTF-8';
}

export function isClean(bytes: Buffer, end: number): boolean {
  const part = bytes.subarray(0, end);
  return isUtf8(part) && !part.includes(0);
}

/** One JSON text as an item: a record if it is an object within the limits. */
export function jsonItem(bytes: Buffer, span: Span, limits: Limits): Item {
  const { start, end, line, offset } = span;
  if (end - start > limits.maxRecordBytes) return reject(bytes, span, tooLong(limits));
  const bad = span.clean ? undefined : badText(bytes, start, end);
  if (bad !== undefined) return reject(bytes, span, bad);
  const text = bytes.toString('utf8', start, end);
  if (nestsDeeper(text, limits.maxDepth)) {
    return reject(bytes, span, `nested deeper than ${limits.maxDepth} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return reject(bytes, span, `not valid JSON: ${(error as SyntaxError).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return reject(bytes, span, `expected a JSON object, found ${kindOf(value)}`);
  }
  return { kind: 'record', value, line, offset };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function nestsDeeper(text: string, maxDepth: number): boolean {
  // Counting the opening brackets is fast and nearly always enough; only texts with many are walked.
  return (
    opened(text, '{', maxDepth) + opened(text, '[', maxDepth) > maxDepth && deepest(text, maxDepth) > maxDepth
  );
}

function opened(text: string, bracket: string, enough: number): number {
  let count = 0;
  for (let at = text.indexOf(bracket); at >= 0 && count <= enough; at = text.indexOf(bracket, at + 1))
    count++;
  return count;
}

function deepest(text: string, enough: number): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let i = 0; i < text.length && most <= enough; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') most = Math.max(most, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return most;
}

export function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isBlankByte(bytes[i])) return false;
  return true;
}

/** White space of JSON: space, tab, LF, CR. */
export function isBlankByte(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
