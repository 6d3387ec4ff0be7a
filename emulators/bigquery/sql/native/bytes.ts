import { createHash } from 'node:crypto';
import type { Native } from './native.ts';

/** Bytes, and texts that stand for them. */
export const BYTES: readonly Native[] = [
  {
    name: 'bq_from_hex',
    parameters: ['VARCHAR'],
    returns: 'BLOB',
    run: (text: string) => {
      if (!/^[0-9a-fA-F]*$/.test(text))
        throw new Error(`Failed to decode invalid hexadecimal string: ${text}`);
      return Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex');
    },
  },
  {
    name: 'bq_from_base64',
    parameters: ['VARCHAR'],
    returns: 'BLOB',
    run: (text: string) => {
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text))
        throw new Error('Failed to decode invalid base64 string');
      return Buffer.from(text, 'base64');
    },
  },
  {
    name: 'bq_bytes_to_string',
    parameters: ['BLOB'],
    returns: 'VARCHAR',
    run: (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  },
  {
    name: 'bq_sha512',
    parameters: ['BLOB'],
    returns: 'BLOB',
    run: (bytes: Uint8Array) => createHash('sha512').update(bytes).digest(),
  },
];
