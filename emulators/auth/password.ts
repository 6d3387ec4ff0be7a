import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** As it is kept: both in base64. */
export interface HashedPassword {
  readonly salt: string;
  readonly hash: string;
}

const HASH_BYTES = 32;
const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** By scrypt with the parameters that node recommends: what a folder of data holds is no list of passwords. */
export async function hashPassword(password: string): Promise<HashedPassword> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES);
  return { salt: salt.toString('base64'), hash: hash.toString('base64') };
}

export async function isPassword(password: string, { salt, hash }: HashedPassword): Promise<boolean> {
  const derived = await derive(password, Buffer.from(salt, 'base64'), HASH_BYTES);
  return timingSafeEqual(derived, Buffer.from(hash, 'base64'));
}
