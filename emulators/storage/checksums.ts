import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { crc32c, encodeCrc32c } from './crc32c.ts';
import { invalid } from './errors.ts';

/** Both checksums as base64, as in the object resource. */
export interface Digests {
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** Computes both while the bytes pass by. */
export class Checksums {
  #crc = 0;
  readonly #md5 = createHash('md5');

  update(bytes: Uint8Array): void {
    this.#crc = crc32c(bytes, this.#crc);
    this.#md5.update(bytes);
  }

  digests(): Digests {
    return { crc32c: encodeCrc32c(this.#crc), md5Hash: this.#md5.copy().digest('base64') };
  }
}

const NAMES = { crc32c: 'CRC32C', md5Hash: 'MD5 hash' } as const;

/** What a client says the bytes amount to, in `x-goog-hash: crc32c=…,md5=…` or `content-md5`. */
export function expectedByHeaders(headers: IncomingHttpHeaders): Partial<Digests> {
  const expected: { crc32c?: string; md5Hash?: string } = {};
  for (const item of String(headers['x-goog-hash'] ?? '').split(',')) {
    const [name, value] = split(item.trim());
    if (name === 'crc32c') expected.crc32c = value;
    else if (name === 'md5') expected.md5Hash = value;
  }
  const md5 = headers['content-md5'];
  if (typeof md5 === 'string') expected.md5Hash = md5;
  return expected;
}

/** @throws StorageError 400 naming the checksum that does not fit */
export function verify(actual: Digests, ...expectations: readonly Partial<Digests>[]): void {
  for (const expected of expectations) {
    for (const name of ['crc32c', 'md5Hash'] as const) {
      const wanted = expected[name];
      if (wanted !== undefined && wanted !== actual[name])
        throw invalid(
          `Provided ${NAMES[name]} "${wanted}" doesn't match calculated ${NAMES[name]} "${actual[name]}".`,
        );
    }
  }
}

/** Base64 ends in `=`, so only the first one separates. */
function split(item: string): [string, string] {
  const at = item.indexOf('=');
  return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}
