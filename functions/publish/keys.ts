import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';

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
 * The name of the key that a request bears, in `x-api-key` or as a bearer token. Every known key is compared, each in
 * constant time, so that an answer's time tells nothing.
 * @throws Refusal 503 where no key is known, 401 for a request without one or with another
 */
export function keyOf(headers: Readonly<Record<string, string | string[] | undefined>>, keys: Keys): string {
  if (keys.size === 0) {
    throw new Refusal(
      503,
      'Publishing is closed: no API key is configured. Set MILLRACE_API_KEYS to NAME:SHA256.',
    );
  }
  const bearer = /^Bearer +(\S+)$/i.exec(String(headers['authorization'] ?? ''))?.[1];
  const key = headers['x-api-key'] ?? bearer;
  const hash = createHash('sha256')
    .update(String(key ?? ''))
    .digest();
  let found: string | undefined;
  for (const [name, known] of keys) if (timingSafeEqual(hash, known)) found = name;
  if (key !== undefined && found !== undefined) return found;
  const what = key === undefined ? 'The request bears no API key' : 'The API key is not known';
  throw new Refusal(401, `${what}. Send it as x-api-key, or as Authorization: Bearer.`, {
    'www-authenticate': 'Bearer realm="millrace"',
  });
}
