import { hash } from 'node:crypto';

/**
 * A derived id: the same parts give the same id, in any process, at any time.
 * @returns 20 hex digits (80 bits) of the SHA-256 over the length-prefixed parts
 */
export function idOf(...parts: readonly string[]): string {
  // The lengths keep ('ab', 'c') and ('a', 'bc') apart.
  const text = parts.map(part => `${part.length}:${part}`).join('');
  return hash('sha256', text, 'hex').slice(0, 20);
}

/** Readable and unique: the last segment of a name, made safe for a document id, and the id of all of it. */
export function readableId(name: string, ...parts: readonly string[]): string {
  const last = name.split('/').at(-1) ?? '';
  const safe = last.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
  return `${safe.replace(/^[-.]+/, '') || 'object'}-${idOf(name, ...parts).slice(0, 12)}`;
}
