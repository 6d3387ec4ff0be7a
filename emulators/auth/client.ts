import { providerUserInfo, userInfo } from './account.ts';
import { readCustomToken } from './custom-token.ts';
import { AuthError } from './errors.ts';
import { emailOf, newPassword, passwordFields, passwordOf, profileOf } from './fields.ts';
import { isPassword } from './password.ts';
import { type Handler, refresh, type Service, signedIn, signIn } from './session.ts';

/** After this long an account is not changed in what it signs in by, nor deleted, before its owner has signed in again. */
const RECENT_SECONDS = 300;

/** A new account, anonymous or with a password; with an ID token, a password for that account. */
export const signUp: Handler = async (service, body) => {
  const { accounts } = service;
  if (body['localId'] !== undefined) throw new AuthError('UNEXPECTED_PARAMETER : User ID');
  const anonymous =
    body['idToken'] === undefined && body['email'] === undefined && body['password'] === undefined;
  if (anonymous) {
    const account = accounts.create({});
    const issued = signIn(service, account, { provider: 'anonymous' });
    return { kind: 'identitytoolkit#SignupNewUserResponse', localId: account.localId, ...issued };
  }
  const linked = body['idToken'] === undefined ? undefined : signedIn(service, body['idToken']).account;
  const email = emailOf(body);
  const fields = { ...profileOf(body), email, ...(await passwordFields(newPassword(body), service.now())) };
  const account = linked ? accounts.update(linked.localId, fields) : accounts.create(fields);
  return {
    kind: 'identitytoolkit#SignupNewUserResponse',
    localId: account.localId,
    email,
    displayName: account.displayName,
    ...signIn(service, account, { provider: 'password' }),
  };
};

/** Which of the two is wrong nobody is told, as where the service protects e-mail addresses from being guessed. */
export const signInWithPassword: Handler = async (service, body) => {
  const email = emailOf(body);
  const password = passwordOf(body);
  const account = service.accounts.findByEmail(email);
  if (!account?.password || !(await isPassword(password, account.password)))
    throw new AuthError('INVALID_LOGIN_CREDENTIALS');
  return {
    kind: 'identitytoolkit#VerifyPasswordResponse',
    registered: true,
    localId: account.localId,
    email: account.email,
    displayName: account.displayName ?? '',
    ...signIn(service, account, { provider: 'password' }),
  };
};

/** Makes the account where there is none. */
export const signInWithCustomToken: Handler = (service, body) => {
  const { accounts } = service;
  const { uid, claims } = readCustomToken(body['token'], service.now());
  const known = accounts.find(uid);
  const account = known ?? accounts.create({ localId: uid });
  const issued = signIn(service, account, { provider: 'custom', claims });
  accounts.update(uid, { customAuth: true });
  return { kind: 'identitytoolkit#VerifyCustomTokenResponse', isNewUser: !known, ...issued };
};

export const lookup: Handler = (service, body) => {
  const { account } = signedIn(service, body['idToken']);
  return { kind: 'identitytoolkit#GetAccountInfoResponse', users: [userInfo(account)] };
};

/** Name and picture; with a new password, new tokens. A known e-mail address changes by its owner's own mail only. */
export const update: Handler = async (service, body) => {
  const { account, how, authTime } = signedIn(service, body['idToken']);
  const { localId } = account;
  const changesSignIn = body['email'] !== undefined || body['password'] !== undefined;
  if (changesSignIn) requireRecent(service, authTime);
  if (body['email'] !== undefined && account.email !== undefined && emailOf(body) !== account.email)
    throw new AuthError('OPERATION_NOT_ALLOWED : Please verify the new email before changing email.');
  const password =
    body['password'] === undefined ? {} : await passwordFields(newPassword(body), service.now());
  const email = body['email'] === undefined ? {} : { email: emailOf(body) };
  const updated = service.accounts.update(localId, { ...profileOf(body), ...email, ...password });
  const provider = body['password'] === undefined ? how : { provider: 'password' as const };
  return {
    kind: 'identitytoolkit#SetAccountInfoResponse',
    localId,
    email: updated.email,
    emailVerified: updated.emailVerified ?? false,
    displayName: updated.displayName,
    photoUrl: updated.photoUrl,
    providerUserInfo: providerUserInfo(updated),
    ...(changesSignIn && signIn(service, updated, provider)),
  };
};

export const remove: Handler = (service, body) => {
  const { account, authTime } = signedIn(service, body['idToken']);
  requireRecent(service, authTime);
  service.accounts.delete(account.localId);
  return { kind: 'identitytoolkit#DeleteAccountResponse' };
};

/** {@link https://firebase.google.com/docs/reference/rest/auth#section-refresh-token} */
export const exchange: Handler = (service, body) => {
  const grant = body['grant_type'] ?? body['grantType'];
  const token = body['refresh_token'] ?? body['refreshToken'];
  if (grant === undefined) throw new AuthError('MISSING_GRANT_TYPE');
  if (grant !== 'refresh_token') throw new AuthError('INVALID_GRANT_TYPE');
  if (typeof token !== 'string' || token === '') throw new AuthError('MISSING_REFRESH_TOKEN');
  const { localId, idToken, refreshToken, expiresIn } = refresh(service, token);
  return {
    id_token: idToken,
    access_token: idToken,
    refresh_token: refreshToken,
    expires_in: expiresIn,
    token_type: 'Bearer',
    user_id: localId,
    project_id: service.project,
  };
};

function requireRecent({ now }: Service, authTime: number): void {
  if (now() / 1000 - authTime > RECENT_SECONDS) throw new AuthError('CREDENTIAL_TOO_OLD_LOGIN_AGAIN');
}
