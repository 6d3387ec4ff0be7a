import { hash32 } from './hash.ts';

/**
 * A text fit for documents: well-formed Unicode, and at most so many characters and a few; a longer one keeps its beginning
 * and a hash of all of it.
 */
export function boundedText(text: string, longest: number): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (whole.length <= longest) return whole;
  const hash = `${hash32(whole).toString(16)}${hash32(`${whole}.`).toString(16)}`;
  return `${whole.slice(0, longest).toWellFormed()}…${hash}`;
}

/** A value of a record as text to tell it from others by; undefined where there is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
