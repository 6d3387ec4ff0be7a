import { hash } from 'node:crypto';

/** 32 bits of the SHA-256 of a text: spread well even where somebody chooses the texts. */
export function hash32(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE(0);
}
