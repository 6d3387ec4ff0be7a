import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUserWithEmailAndPassword, signInAnonymously, signInWithEmailAndPassword } from 'firebase/auth';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAuth } from './server.ts';
import { fixture } from './testing.ts';

const refused = (code: string) => expect.objectContaining({ code: `auth/${code}` });

describe('firebase-admin', () => {
  it('makes users, changes them, and finds them by id and address', async () => {
    const { admin, browser } = await fixture();
    const made = await admin.createUser({
      uid: 'ann',
      email: 'Ann@example.com',
      password: 'secret',
      displayName: 'Ann',
    });
    expect(made).toMatchObject({
      uid: 'ann',
      email: 'ann@example.com',
      emailVerified: false,
      disabled: false,
    });
    await admin.updateUser('ann', { emailVerified: true, photoURL: 'http://x/a.png', displayName: null });
    const found = await admin.getUserByEmail('ANN@example.com');
    expect(found).toMatchObject({ uid: 'ann', emailVerified: true, photoURL: 'http://x/a.png' });
    expect([found.displayName, found.passwordHash]).toEqual([undefined, undefined]);
    expect((await signInWithEmailAndPassword(browser(), 'ann@example.com', 'secret')).user.uid).toBe('ann');
    const { users, notFound } = await admin.getUsers([
      { uid: 'ann' },
      { email: 'ann@example.com' },
      { uid: 'x' },
    ]);
    expect([users.map(({ uid }) => uid), notFound]).toEqual([['ann'], [{ uid: 'x' }]]);
    await admin.deleteUser('ann');
    await expect(admin.getUser('ann')).rejects.toEqual(refused('user-not-found'));
    await expect(admin.deleteUser('ann')).rejects.toEqual(refused('user-not-found'));
  });

  it('is refused what cannot be', async () => {
    const { admin } = await fixture();
    await admin.createUser({ uid: 'ann', email: 'ann@example.com' });
    await admin.createUser({ uid: 'bob' });
    await expect(admin.createUser({ uid: 'ann' })).rejects.toEqual(refused('uid-already-exists'));
    await expect(admin.createUser({ email: 'ANN@example.com' })).rejects.toEqual(
      refused('email-already-exists'),
    );
    await expect(admin.updateUser('bob', { email: 'ann@example.com' })).rejects.toEqual(
      refused('email-already-exists'),
    );
    await expect(admin.updateUser('eve', {})).rejects.toEqual(refused('user-not-found'));
    await expect(admin.setCustomUserClaims('ann', { a: 'x'.repeat(1000) })).rejects.toEqual(
      refused('claims-too-large'),
    );
    await expect(admin.createUser({ phoneNumber: '+15555550100' })).rejects.toThrow(
      /Phone numbers is not implemented/,
    );
    await expect(admin.generatePasswordResetLink('ann@example.com')).rejects.toThrow(
      /POST .*accounts:sendOobCode is not implemented/,
    );
  });

  it('verifies a token until it is revoked, its user disabled or gone', async () => {
    const { admin, browser } = await fixture({ now: () => Date.now() - 2000 });
    const { user } = await signInAnonymously(browser());
    const token = await user.getIdToken();
    expect(await admin.verifyIdToken(token, true)).toMatchObject({ uid: user.uid, provider_id: 'anonymous' });
    await admin.updateUser(user.uid, { disabled: true });
    await expect(admin.verifyIdToken(token, true)).rejects.toEqual(refused('user-disabled'));
    await admin.updateUser(user.uid, { disabled: false });
    await admin.revokeRefreshTokens(user.uid);
    await expect(admin.verifyIdToken(token, true)).rejects.toEqual(refused('id-token-revoked'));
    await admin.deleteUser(user.uid);
    await expect(admin.verifyIdToken(token, true)).rejects.toEqual(refused('user-not-found'));
  });

  it('refuses a token that has expired', async () => {
    const { admin, browser } = await fixture({ now: () => Date.now() - 3_601_000 });
    const token = await (await signInAnonymously(browser())).user.getIdToken();
    await expect(admin.verifyIdToken(token)).rejects.toEqual(refused('id-token-expired'));
  });

  it('lists users page by page in the order they came, and deletes many', async () => {
    const { admin } = await fixture();
    const ids = ['c', 'a', 'e', 'b', 'd'];
    for (const uid of ids) await admin.createUser({ uid });
    const first = await admin.listUsers(2);
    await admin.deleteUser('a');
    const second = await admin.listUsers(2, first.pageToken);
    const third = await admin.listUsers(2, second.pageToken);
    expect([first, second, third].map(({ users }) => users.map(({ uid }) => uid))).toEqual([
      ['c', 'a'],
      ['e', 'b'],
      ['d'],
    ]);
    expect(third.pageToken).toBeUndefined();
    expect(await admin.deleteUsers(['c', 'x', 'd'])).toMatchObject({ successCount: 3, failureCount: 0 });
    expect((await admin.listUsers()).users.map(({ uid }) => uid)).toEqual(['e', 'b']);
  });
});

describe('the emulator', () => {
  const post = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const V1 = '/identitytoolkit.googleapis.com/v1';
  const OWNER = { authorization: 'Bearer owner' };

  it('keeps users and sessions over a restart, and of passwords a hash', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-auth-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const first = await startAuth({ dir });
    const sign = (port: number, what: string, body: object) =>
      post(`http://127.0.0.1:${port}`, `${V1}/accounts:${what}?key=k`, body).then(answer => answer.json());
    const ann = { email: 'ann@example.com', password: 'correct horse' };
    const { localId, refreshToken } = (await sign(first.port, 'signUp', ann)) as Record<string, string>;
    const gone = (await sign(first.port, 'signUp', {})) as Record<string, string>;
    await sign(first.port, 'delete', { idToken: gone['idToken'] });
    await first.stop();
    expect(readFileSync(join(dir, 'journal.jsonl'), 'utf8')).not.toContain('correct horse');
    const { url, admin } = await fixture({ dir });
    expect((await admin.listUsers()).users.map(({ uid }) => uid)).toEqual([localId]);
    const exchange = async (at: string) => {
      const body = { grant_type: 'refresh_token', refresh_token: refreshToken };
      return (await post(at, '/securetoken.googleapis.com/v1/token?key=k', body)).json();
    };
    expect(await exchange(url)).toMatchObject({ user_id: localId, token_type: 'Bearer' });
    const other = await fixture({ dir, project: 'other' });
    expect(await exchange(other.url)).toMatchObject({ error: { message: 'INVALID_REFRESH_TOKEN' } });
    expect((await post(url, `${V1}/accounts:signInWithPassword?key=k`, ann)).status).toBe(200);
  });

  it.each<[number, string, string, unknown, Record<string, string>?]>([
    [403, 'PERMISSION_DENIED', `${V1}/accounts:signUp`, {}],
    [401, 'UNAUTHENTICATED', `${V1}/projects/demo-millrace/accounts`, {}],
    [404, 'PROJECT_NOT_FOUND', `${V1}/projects/other/accounts`, {}, OWNER],
    [404, 'NOT_FOUND', '/v1/accounts:signUp', {}],
    [501, 'NOT_IMPLEMENTED', `${V1}/accounts:signInWithIdp?key=k`, {}],
    [501, 'NOT_IMPLEMENTED', `${V1}/accounts:signUp?key=k`, { tenantId: 't' }],
    [400, 'INVALID_ARGUMENT', `${V1}/accounts:signUp?key=k`, '{'],
    [400, 'INVALID_ARGUMENT', `${V1}/accounts:signUp?key=k`, '[]'],
    [413, 'PAYLOAD_TOO_LARGE', `${V1}/accounts:signUp?key=k`, ' '.repeat(300_000)],
    [400, 'MISSING_ID_TOKEN', `${V1}/accounts:lookup?key=k`, {}],
    [400, 'INVALID_ID_TOKEN', `${V1}/accounts:lookup?key=k`, { idToken: 'x' }],
    [400, 'MISSING_EMAIL', `${V1}/accounts:signUp?key=k`, { password: 'secret' }],
    [400, 'MISSING_PASSWORD', `${V1}/accounts:signInWithPassword?key=k`, { email: 'a@b' }],
    [400, 'INVALID_PASSWORD', `${V1}/accounts:signUp?key=k`, { email: 'a@b', password: 'x'.repeat(5000) }],
    [400, 'UNEXPECTED_PARAMETER', `${V1}/accounts:signUp?key=k`, { localId: 'me' }],
    [400, 'MISSING_CUSTOM_TOKEN', `${V1}/accounts:signInWithCustomToken?key=k`, {}],
    [
      400,
      'INVALID_REFRESH_TOKEN',
      '/securetoken.googleapis.com/v1/token?key=k',
      { grant_type: 'refresh_token', refresh_token: 'x' },
    ],
    [400, 'INVALID_GRANT_TYPE', '/securetoken.googleapis.com/v1/token?key=k', { grant_type: 'password' }],
    [
      400,
      'MISSING_REFRESH_TOKEN',
      '/securetoken.googleapis.com/v1/token?key=k',
      { grant_type: 'refresh_token' },
    ],
    [
      400,
      'FORBIDDEN_CLAIM',
      `${V1}/projects/demo-millrace/accounts`,
      { customAttributes: '{"sub":1}' },
      OWNER,
    ],
    [400, 'INVALID_CLAIMS', `${V1}/projects/demo-millrace/accounts`, { customAttributes: '[' }, OWNER],
    [400, 'INVALID_ARGUMENT', `${V1}/projects/demo-millrace/accounts`, { displayName: 7 }, OWNER],
  ])('answers %d %s to %s with %j', async (status, code, path, body, headers = {}) => {
    const { url } = await fixture();
    const answer = await post(url, path, body, headers);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect([answer.status, error.message.split(' : ')[0]]).toEqual([status, code]);
  });

  it('finds users by an expression, and forgets them all', async () => {
    const { url, admin } = await fixture();
    await admin.createUser({ uid: 'ann', email: 'ann@example.com' });
    await admin.createUser({ uid: 'bob' });
    const query = async (body: object) =>
      (await post(url, `${V1}/projects/demo-millrace/accounts:query`, body, OWNER)).json();
    expect(await query({ expression: [{ email: 'ANN@example.com' }] })).toMatchObject({
      userInfo: [{ localId: 'ann' }],
    });
    expect(await query({ order: 'DESC', limit: 1 })).toMatchObject({ userInfo: [{ localId: 'bob' }] });
    expect(await query({ returnUserInfo: false })).toEqual({ recordsCount: '2' });
    await fetch(`${url}/emulator/v1/projects/demo-millrace/accounts`, { method: 'DELETE' });
    expect(await query({})).toEqual({ recordsCount: '0', userInfo: [] });
  });

  it('lets pages of any origin call it', async () => {
    const { url } = await fixture();
    const preflight = await fetch(`${url}${V1}/accounts:signUp?key=k`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:8700',
        'access-control-request-headers': 'content-type,x-client-version',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'content-type,x-client-version',
    ]);
    const answer = await post(url, `${V1}/accounts:signUp`, {});
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('gives an address to one of two who ask for it at once', async () => {
    const { browser } = await fixture();
    const both = await Promise.allSettled(
      [browser(), browser()].map(auth => createUserWithEmailAndPassword(auth, 'ann@example.com', 'secret')),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
