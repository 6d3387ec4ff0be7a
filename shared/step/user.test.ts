import { initializeApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startAuth } from '../../emulators/auth/server.ts';
import { issuerOf, unsigned } from '../../emulators/auth/token.ts';
import type { Emulator } from '../../emulators/emulator.ts';
import { verify } from './user.ts';

const PROJECT = 'demo-millrace';
const seconds = () => Math.floor(Date.now() / 1000);
const claims = (uid: string) => ({
  iss: issuerOf(PROJECT),
  aud: PROJECT,
  sub: uid,
  auth_time: seconds(),
  iat: seconds(),
  exp: seconds() + 3600,
});

let emulator: Emulator;
let admin: ReturnType<typeof getAuth>;
beforeAll(async () => {
  emulator = await startAuth();
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', PROJECT);
  vi.stubEnv('FIREBASE_AUTH_EMULATOR_HOST', `127.0.0.1:${emulator.port}`);
  admin = getAuth(initializeApp({ projectId: PROJECT }, 'admin'));
  for (const uid of ['ann', 'revoked', 'disabled']) await admin.createUser({ uid });
  await admin.updateUser('disabled', { disabled: true });
  await admin.revokeRefreshTokens('revoked');
});
afterAll(() => emulator.stop());

describe('an ID token', () => {
  it('says who has signed in, with the claims', async () => {
    const token = unsigned({ ...claims('ann'), publisher: '*' });
    expect(await verify(token)).toMatchObject({ uid: 'ann', claims: { publisher: '*' } });
  });

  it.each<[string, () => object]>([
    ['has expired', () => ({ ...claims('ann'), iat: seconds() - 7200, exp: seconds() - 3600 })],
    ['not valid here', () => ({ ...claims('ann'), aud: 'other' })],
    ['not valid here', () => ({ ...claims('ann'), iss: issuerOf('other') })],
    ['not valid here', () => ({ ...claims('ann'), sub: '' })],
    ['not valid here', () => ({ ...claims('ann'), sub: 'x'.repeat(129) })],
    ['has been revoked', () => ({ ...claims('revoked'), auth_time: seconds() - 60 })],
    ['is disabled', () => claims('disabled')],
    ['no longer there', () => claims('nobody')],
  ])('is refused by 401 with "%s"', async (words, wrong) => {
    await expect(verify(unsigned({ ...wrong() }))).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining(words),
      headers: { 'www-authenticate': expect.stringContaining('invalid_token') },
    });
  });

  it('is refused where it is none', async () => {
    for (const token of ['a.b.c', 'e30.e30.', 'x'])
      await expect(verify(token)).rejects.toMatchObject({ status: 401 });
  });
});
