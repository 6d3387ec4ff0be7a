import { AuthError } from './errors.ts';
import { checkClaims } from './fields.ts';
import { type Claims, decode, TokenError } from './token.ts';

const AUDIENCE = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';

/**
 * Who a custom token signs in, with which claims; its signature is not looked at.
 * {@link https://firebase.google.com/docs/auth/admin/create-custom-tokens}
 * @throws AuthError MISSING_CUSTOM_TOKEN, INVALID_CUSTOM_TOKEN, MISSING_IDENTIFIER, FORBIDDEN_CLAIM
 */
export function readCustomToken(token: unknown, now: number): { uid: string; claims: Claims } {
  if (typeof token !== 'string' || token === '') throw new AuthError('MISSING_CUSTOM_TOKEN');
  const { aud, exp, uid, claims = {} } = payloadOf(token);
  if (aud !== AUDIENCE) throw invalidToken(`its aud is ${JSON.stringify(aud)}; expected "${AUDIENCE}"`);
  if (typeof exp !== 'number' || exp * 1000 <= now) throw invalidToken('it has expired, or has no exp');
  if (typeof uid !== 'string' || uid === '' || uid.length > 128) throw new AuthError('MISSING_IDENTIFIER');
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw invalidToken('its claims are no object');
  return { uid, claims: checkClaims(claims as Claims) };
}

function payloadOf(token: string): Claims {
  try {
    return decode(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw invalidToken(error.message);
  }
}

const invalidToken = (why: string): AuthError => new AuthError(`INVALID_CUSTOM_TOKEN : ${why}`);
