import { generateKeyPairSync, sign } from 'node:crypto';
import { EventEmitter } from 'node:events';
import https from 'node:https';
import { describe, expect, it, vi } from 'vitest';
import { TransientError } from '../errors/errors.ts';
import { verify } from './user.ts';

vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'demo-millrace');
vi.stubEnv('FIREBASE_AUTH_EMULATOR_HOST', undefined);

const now = Math.floor(Date.now() / 1000);
const CLAIMS = {
  iss: 'https://securetoken.google.com/demo-millrace',
  aud: 'demo-millrace',
  sub: 'ann',
  auth_time: now,
  iat: now,
  exp: now + 3600,
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('where no emulator is named', () => {
  it.each<[string, object, string]>([
    ['unsigned', { alg: 'none' }, ''],
    ['signed by a shared secret', { alg: 'HS256', kid: 'k' }, 'eA'],
  ])('a token that is %s is refused, before anybody is asked', async (_, header, signature) => {
    const request = vi.spyOn(https, 'request');
    await expect(verify(`${part(header)}.${part(CLAIMS)}.${signature}`)).rejects.toMatchObject({
      status: 401,
    });
    expect(request).not.toHaveBeenCalled();
    request.mockRestore();
  });

  it('an outage of the server of keys is no fault of the token', async () => {
    const request = vi.spyOn(https, 'request').mockImplementation(() => {
      const broken = Object.assign(new EventEmitter(), {
        end: () => {},
        write: () => {},
        setTimeout: () => {},
      });
      const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      setImmediate(() => broken.emit('error', error));
      return broken as never;
    });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const text = `${part({ alg: 'RS256', kid: 'k' })}.${part(CLAIMS)}`;
    const signature = sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url');
    await expect(verify(`${text}.${signature}`)).rejects.toBeInstanceOf(TransientError);
    request.mockRestore();
  });
});
