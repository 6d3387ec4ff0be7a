import { createHash, timingSafeEqual } from 'node:crypto';

/** The SHA-256 of each key, by the name it goes by in logs and limits. */
export type Keys = ReadonlyMap<string, Buffer>;

/**
 * Reads `NAME:SHA256, …`. Only hashes are configured: who can read the configuration cannot publish with it.
 * @throws Error naming the entry that is wrong, without its text
 */
export function readKeys(text: string): Keys {
  const entries = text.split(',').flatMap(entry => (entry.trim() === '' ? [] : [entry.trim()]));
  return new Map(
    entries.map((entry, at) => {
      const [, name, hash] = /^([\w.-]+):([0-9a-fA-F]{64})$/.exec(entry) ?? [];
      if (name && hash) return [name, Buffer.from(hash, 'hex')];
      throw new Error(`MILLRACE_API_KEYS: entry ${at + 1} is not NAME:SHA256 with 64 hex digits`);
    }),
  );
}

/**
 * The name of a key, if it is known. Every known key is compared, each in constant time, so that an answer's time tells
 * nothing.
 */
export function keyOf(key: string, keys: Keys): string | undefined {
  const hash = createHash('sha256').update(key).digest();
  let found: string | undefined;
  for (const [name, known] of keys) if (timingSafeEqual(hash, known)) found = name;
  return found;
}
