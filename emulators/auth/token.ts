/** Claims of a JSON Web Token, as in its payload. */
export type Claims = Readonly<Record<string, unknown>>;

/** Who an ID token speaks of: `request.auth` of the security rules. */
export interface Identity {
  readonly uid: string;
  readonly token: Claims;
}

/** Why a token is refused, in words for whoever sent it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly expired: boolean;
  constructor(message: string, expired = false) {
    super(message);
    this.expired = expired;
  }
}

const MAX_UID = 128;
const ISSUER = 'https://securetoken.google.com/';

export const issuerOf = (project: string): string => `${ISSUER}${project}`;

/** An unsecured JWT ({@link https://www.rfc-editor.org/rfc/rfc7519#section-6}): locally there is nobody to prove anything to. */
export function unsigned(claims: Claims): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

/** The payload of a JWT, whoever signed it. @throws TokenError unless it is a JWT with JSON objects */
export function decode(jwt: string): Claims {
  const parts = jwt.split('.');
  if (parts.length !== 3)
    throw new TokenError(`A JWT has three parts with dots between, not ${parts.length}`);
  const [, payload] = parts.slice(0, 2).map(readPart);
  return payload!;
}

/**
 * The user that an ID token names. Signatures are not looked at. What a client library makes up for tests (`mockUserToken`)
 * is issued at the epoch, or says nothing of time, issuer and audience: it never expires.
 *
 * @param project that the token has to be for
 * @param now milliseconds since the epoch
 * @throws TokenError where it is malformed, expired, or of another project
 */
export function readIdToken(jwt: string, project: string, now: number): Identity {
  const token = decode(jwt);
  const { user_id, sub: uid = user_id, aud = project, iss = issuerOf(project), exp } = token;
  if (typeof uid !== 'string' || uid === '' || uid.length > MAX_UID)
    throw new TokenError(
      `The ID token's sub is ${show(uid)}; expected a user id of 1 to ${MAX_UID} characters`,
    );
  if (aud !== project) throw new TokenError(`The ID token's aud is ${show(aud)}; expected "${project}"`);
  if (iss !== issuerOf(project))
    throw new TokenError(`The ID token's iss is ${show(iss)}; expected "${issuerOf(project)}"`);
  if (exp !== undefined && typeof exp !== 'number')
    throw new TokenError(`The ID token's exp is ${show(exp)}; expected seconds since the epoch`);
  if (isExpired(token, now))
    throw new TokenError(`The ID token expired at ${timeOf(exp!)}; get a fresh one`, true);
  return { uid, token };
}

/** What is issued at the epoch never expires. @param now milliseconds since the epoch */
export function isExpired({ iat = 0, exp }: Claims, now: number): boolean {
  return iat !== 0 && typeof exp === 'number' && exp * 1000 <= now;
}

function readPart(part: string): Claims {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    throw new TokenError('The token is no JWT: its parts are no JSON in base64url');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  throw new TokenError('The token is no JWT: its parts are no JSON objects');
}

const show = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 200);

/** A number of seconds may lie beyond what a Date can tell. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s` : time.toISOString();
}
