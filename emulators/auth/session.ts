import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import { AuthError } from './errors.ts';
import type { Body } from './fields.ts';
import { type Claims, issuerOf, readIdToken, TokenError, unsigned } from './token.ts';

/** What the handlers of one emulator share. */
export interface Service {
  readonly project: string;
  readonly accounts: Accounts;
  /** How long an ID token holds, in seconds. */
  readonly lifetime: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Answers a request: its body, or for GET and DELETE the parameters of its query. @throws AuthError */
export type Handler = (service: Service, body: Body) => object | Promise<object>;

/** How somebody signed in; kept in the refresh token, so that every ID token of the session says the same. */
export interface SignIn {
  readonly provider: 'anonymous' | 'password' | 'custom';
  /** Claims of the custom token. */
  readonly claims?: Claims;
}

interface Session extends SignIn {
  readonly localId: string;
  readonly project: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

/** What a sign-in is answered with. */
export interface Issued {
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds, as text. */
  readonly expiresIn: string;
}

/** Begins a session. @throws AuthError USER_DISABLED */
export function signIn(service: Service, { localId, disabled }: Account, how: SignIn): Issued {
  if (disabled) throw new AuthError('USER_DISABLED');
  const now = service.now();
  const account = service.accounts.update(localId, { lastLoginAt: now, lastRefreshAt: now });
  return issue(service, account, { ...how, localId, project: service.project, authTime: seconds(now) });
}

/** Continues a session. @throws AuthError INVALID_REFRESH_TOKEN, TOKEN_EXPIRED, USER_NOT_FOUND, USER_DISABLED */
export function refresh(service: Service, refreshToken: string): Issued & { readonly localId: string } {
  const session = readRefreshToken(refreshToken);
  if (session?.project !== service.project) throw new AuthError('INVALID_REFRESH_TOKEN');
  const { localId } = session;
  active(service, localId, session.authTime);
  const account = service.accounts.update(localId, { lastRefreshAt: service.now() });
  return { ...issue(service, account, session), localId };
}

/** The user whose ID token a client has sent, and how he signed in. @throws AuthError */
export function signedIn(
  service: Service,
  idToken: unknown,
): { account: Account; how: SignIn; authTime: number } {
  if (typeof idToken !== 'string' || idToken === '') throw new AuthError('MISSING_ID_TOKEN');
  const { uid, token } = read(service, idToken);
  const authTime = Number(token['auth_time'] ?? 0);
  const account = active(service, uid, authTime);
  const firebase = token['firebase'] as { readonly sign_in_provider?: SignIn['provider'] } | undefined;
  return { account, how: { provider: firebase?.sign_in_provider ?? 'custom' }, authTime };
}

function read({ project, now }: Service, idToken: string) {
  try {
    return readIdToken(idToken, project, now());
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new AuthError(error.expired ? 'TOKEN_EXPIRED' : `INVALID_ID_TOKEN : ${error.message}`);
  }
}

/** The account, unless it is gone or closed, or its tokens of that time have been revoked. */
function active({ accounts }: Service, localId: string, authTime: number): Account {
  const account = accounts.find(localId);
  if (!account) throw new AuthError('USER_NOT_FOUND');
  if (account.disabled) throw new AuthError('USER_DISABLED');
  if (account.validSince > authTime) throw new AuthError('TOKEN_EXPIRED');
  return account;
}

function issue({ lifetime, now }: Service, account: Account, session: Session): Issued {
  const iat = seconds(now());
  const claims = { ...claimsOf(account, session), iat, exp: iat + lifetime };
  const refreshToken = Buffer.from(JSON.stringify(session)).toString('base64url');
  return { idToken: unsigned(claims), refreshToken, expiresIn: String(lifetime) };
}

/** {@link https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library} */
function claimsOf(account: Account, { provider, claims, project, authTime }: Session): Claims {
  const { localId, email, emailVerified = false, displayName, photoUrl, customAttributes = '{}' } = account;
  return {
    name: displayName,
    picture: photoUrl,
    ...(JSON.parse(customAttributes) as Claims),
    ...claims,
    ...(provider === 'anonymous' && { provider_id: provider }),
    iss: issuerOf(project),
    aud: project,
    auth_time: authTime,
    user_id: localId,
    sub: localId,
    ...(email !== undefined && { email, email_verified: emailVerified }),
    firebase: { identities: email === undefined ? {} : { email: [email] }, sign_in_provider: provider },
  };
}

/** Unsigned as the ID tokens are, so that nothing has to be kept: sessions outlive a restart. */
function readRefreshToken(text: string): Session | undefined {
  try {
    const session = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Session> | null;
    const { localId, authTime } = session ?? {};
    return typeof localId === 'string' && typeof authTime === 'number' ? (session as Session) : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
