import {
  createUserWithEmailAndPassword,
  deleteUser,
  EmailAuthProvider,
  linkWithCredential,
  signInAnonymously,
  signInWithCustomToken,
  signInWithEmailAndPassword,
  updateEmail,
  updatePassword,
  updateProfile,
  validatePassword,
} from 'firebase/auth';
import { describe, expect, it } from 'vitest';
import { fixture } from './testing.ts';

const ANN = 'ann@example.com';
const refused = (code: string) => expect.objectContaining({ code: `auth/${code}` });

describe('the web SDK', () => {
  it('signs in anonymously, and makes it an account with a password', async () => {
    const { browser, admin } = await fixture();
    const auth = browser();
    const { user } = await signInAnonymously(auth);
    expect(user.isAnonymous).toBe(true);
    expect((await user.getIdTokenResult()).signInProvider).toBe('anonymous');
    await linkWithCredential(user, EmailAuthProvider.credential(ANN, 'secret'));
    expect([user.isAnonymous, user.email, auth.currentUser?.uid]).toEqual([false, ANN, user.uid]);
    expect((await admin.getUser(user.uid)).providerData[0]).toMatchObject({
      providerId: 'password',
      email: ANN,
    });
  });

  it('signs up and in by e-mail, whatever the case of its letters', async () => {
    const { browser } = await fixture();
    const { user } = await createUserWithEmailAndPassword(browser(), 'Ann@Example.com', 'secret');
    expect(user.email).toBe(ANN);
    const again = await signInWithEmailAndPassword(browser(), 'ANN@example.com', 'secret');
    expect(again.user.uid).toBe(user.uid);
    const { claims } = await again.user.getIdTokenResult();
    expect(claims).toMatchObject({
      iss: 'https://securetoken.google.com/demo-millrace',
      aud: 'demo-millrace',
      sub: user.uid,
      user_id: user.uid,
      email: ANN,
      email_verified: false,
      firebase: { identities: { email: [ANN] }, sign_in_provider: 'password' },
    });
  });

  it('is told what is wrong, and of a wrong password no more than of a wrong address', async () => {
    const auth = (await fixture()).browser();
    await createUserWithEmailAndPassword(auth, ANN, 'secret');
    const signUp = (email: string, password: string) => createUserWithEmailAndPassword(auth, email, password);
    await expect(signUp('ANN@example.com', 'secret')).rejects.toEqual(refused('email-already-in-use'));
    await expect(signUp('bob@example.com', 'short')).rejects.toEqual(refused('weak-password'));
    await expect(signUp('bob', 'secret')).rejects.toEqual(refused('invalid-email'));
    for (const [email, password] of [
      [ANN, 'Secret'],
      ['bob@example.com', 'secret'],
    ] as const) {
      await expect(signInWithEmailAndPassword(auth, email, password)).rejects.toEqual(
        refused('invalid-credential'),
      );
    }
  });

  it('signs in by a custom token, whose claims every token of the session bears', async () => {
    const { browser, admin } = await fixture();
    await admin.createUser({ uid: 'ann', email: ANN });
    await admin.setCustomUserClaims('ann', { operator: true, level: 1 });
    const token = await admin.createCustomToken('ann', { level: 2 });
    const { user } = await signInWithCustomToken(browser(), token);
    const { claims, signInProvider } = await user.getIdTokenResult();
    expect([user.uid, signInProvider, claims]).toMatchObject(['ann', 'custom', { operator: true, level: 2 }]);
    await admin.setCustomUserClaims('ann', { operator: false, level: 1 });
    expect((await user.getIdTokenResult(true)).claims).toMatchObject({ operator: false, level: 2 });
    const made = await signInWithCustomToken(browser(), await admin.createCustomToken('new'));
    expect(made.user.uid).toBe('new');
  });

  it.each<[string, object]>([
    ['of another audience', { aud: 'x', exp: 1e10, uid: 'a' }],
    ['that has expired', { exp: 1, uid: 'a' }],
    ['without an end', { uid: 'a' }],
    ['with claims that are none', { exp: 1e10, uid: 'a', claims: 7 }],
  ])('is refused a custom token %s', async (_, claims) => {
    const aud = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ aud, ...claims })}.`;
    const auth = (await fixture()).browser();
    await expect(signInWithCustomToken(auth, token)).rejects.toEqual(refused('invalid-custom-token'));
    await expect(signInWithCustomToken(auth, 'x')).rejects.toEqual(refused('invalid-custom-token'));
  });

  it('changes name, picture and password', async () => {
    const { browser } = await fixture();
    const { user } = await createUserWithEmailAndPassword(browser(), ANN, 'secret');
    await updateProfile(user, { displayName: 'Ann', photoURL: 'http://x/a.png' });
    await updateProfile(user, { photoURL: '' });
    expect((await user.getIdTokenResult(true)).claims).toMatchObject({ name: 'Ann' });
    await updatePassword(user, 'another');
    await user.getIdToken(true);
    await expect(signInWithEmailAndPassword(browser(), ANN, 'secret')).rejects.toEqual(
      refused('invalid-credential'),
    );
    expect((await signInWithEmailAndPassword(browser(), ANN, 'another')).user.displayName).toBe('Ann');
  });

  it('keeps an address that only its own mail may change, as where addresses are protected', async () => {
    const { user } = await createUserWithEmailAndPassword((await fixture()).browser(), ANN, 'secret');
    await expect(updateEmail(user, 'eve@example.com')).rejects.toEqual(refused('operation-not-allowed'));
  });

  it('deletes its account, once it has signed in lately', async () => {
    const { browser, admin, pass } = await fixture();
    const auth = browser();
    const { user } = await createUserWithEmailAndPassword(auth, ANN, 'secret');
    pass(301);
    await expect(deleteUser(user)).rejects.toEqual(refused('requires-recent-login'));
    await deleteUser((await signInWithEmailAndPassword(auth, ANN, 'secret')).user);
    await expect(admin.getUserByEmail(ANN)).rejects.toEqual(refused('user-not-found'));
    await createUserWithEmailAndPassword(auth, ANN, 'secret');
  });

  it('asks what a password needs', async () => {
    const auth = (await fixture()).browser();
    expect([
      (await validatePassword(auth, 'short')).isValid,
      (await validatePassword(auth, 'secret')).isValid,
    ]).toEqual([false, true]);
  });

  it('goes on with a fresh token where the old one has expired', async () => {
    // The SDK takes a token for expired half a minute early: one that holds no longer is renewed for every call.
    const { browser, url, pass } = await fixture({ lifetime: 30 });
    const { user } = await signInAnonymously(browser());
    const first = await user.getIdTokenResult();
    pass(30);
    const lookup = await fetch(`${url}/identitytoolkit.googleapis.com/v1/accounts:lookup?key=k`, {
      method: 'POST',
      body: JSON.stringify({ idToken: first.token }),
    });
    expect(await lookup.json()).toMatchObject({ error: { code: 400, message: 'TOKEN_EXPIRED' } });
    await user.reload();
    const second = await user.getIdTokenResult();
    expect(Number(second.claims.iat) - Number(first.claims.iat)).toBeGreaterThanOrEqual(30);
    expect(second.claims.auth_time).toBe(first.claims.auth_time);
  });
});

describe('a session ends', () => {
  it.each<[string, string, (it: Awaited<ReturnType<typeof fixture>>, uid: string) => Promise<unknown>]>([
    ['is disabled', 'user-disabled', ({ admin }, uid) => admin.updateUser(uid, { disabled: true })],
    ['is deleted', 'user-token-expired', ({ admin }, uid) => admin.deleteUser(uid)],
    ['has been revoked', 'user-token-expired', async ({ admin }, uid) => admin.revokeRefreshTokens(uid)],
  ])('when its user %s', async (_, code, end) => {
    // Revocation goes by whole seconds of the real clock: the session has begun before.
    const it = await fixture({ now: () => Date.now() - 2000 });
    const { user } = await signInAnonymously(it.browser());
    await end(it, user.uid);
    await expect(user.getIdToken(true)).rejects.toEqual(refused(code));
    await expect(user.reload()).rejects.toEqual(refused(code));
  });

  it('before it begins where the user is disabled', async () => {
    const { url, admin } = await fixture();
    await admin.createUser({ uid: 'ann', email: ANN, password: 'secret', disabled: true });
    const token = await admin.createCustomToken('ann');
    // The SDK would go on to look the user up, and be told by that.
    for (const [how, body] of Object.entries({
      signInWithPassword: { email: ANN, password: 'secret' },
      signInWithCustomToken: { token },
    })) {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const answer = await fetch(`${url}/identitytoolkit.googleapis.com/v1/accounts:${how}?key=k`, init);
      expect(await answer.json()).toMatchObject({ error: { message: 'USER_DISABLED' } });
    }
  });

  it('when its user has got another password', async () => {
    const { browser, pass } = await fixture();
    const { user } = await createUserWithEmailAndPassword(browser(), ANN, 'secret');
    pass(2);
    const { user: same } = await signInWithEmailAndPassword(browser(), ANN, 'secret');
    pass(2);
    await updatePassword(same, 'another');
    await expect(user.getIdToken(true)).rejects.toEqual(refused('user-token-expired'));
  });
});
